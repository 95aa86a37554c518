import type { DesyncReport, UnseenReason } from '../../protocol/index.ts'
import { Channel, joinMode } from '../channel.ts'
import type { Off } from '../emitter.ts'
import { Handle } from '../handles.ts'
import type { Hub } from '../hub.ts'
import type { Apply, PredictedState } from './predict.ts'
import { type Feel, type HeldEntity, WorldContent } from './world-content.ts'

const smoothMsDefault = 100

/** What `predict` is told. */
interface PredictOptions {
  readonly command: string
  readonly apply: Apply
  readonly smoothMs?: number
}

/** A joined world as the game holds it. */
export class WorldHandle extends Handle {
  readonly #hub: Hub
  readonly #content: WorldContent

  constructor(hub: Hub, channel: Channel, content: WorldContent) {
    super(channel)
    this.#hub = hub
    this.#content = content
  }

  get line(): string {
    return this.channel.key
  }

  get me(): number {
    return this.#content.me
  }

  get entities(): ReadonlyMap<number, HeldEntity> {
    return this.#content.entities
  }

  get snapDistance(): number {
    return this.#content.snapDistance
  }

  set snapDistance(distance: number) {
    this.#content.snapDistance = distance
  }

  get feel(): Feel {
    return this.#content.feel
  }

  get pace(): number {
    return this.#content.timeline.pace
  }

  get delayMs(): number {
    return this.#content.timeline.delayMs
  }

  onAdd(listener: (entity: HeldEntity) => void): Off {
    const off = this.#content.added.on(listener)
    for (const entity of [...this.entities.values()]) listener(entity)
    return off
  }

  onChange(listener: (entity: HeldEntity) => void): Off {
    return this.#content.changed.on(listener)
  }

  onRemove(listener: (entity: HeldEntity, reason: UnseenReason) => void): Off {
    return this.#content.removed.on(listener)
  }

  onDesync(listener: (report: DesyncReport) => void): Off {
    const { integrity } = this.#content
    integrity.listeners++
    const off = integrity.found.on(listener)
    return () => {
      integrity.listeners--
      off()
    }
  }

  view(now = this.#hub.host.clock.now()): readonly HeldEntity[] {
    return this.#content.view(now)
  }

  sample(entity: HeldEntity | number, now = this.#hub.host.clock.now()): HeldEntity | undefined {
    return this.#content.sample(typeof entity === 'number' ? entity : entity.id, now)
  }

  predict({ command, apply, smoothMs = smoothMsDefault }: PredictOptions): Prediction {
    const predictor = this.#content.predictor(smoothMs)
    return {
      get state() {
        return predictor.state
      },
      get pending() {
        return predictor.pending
      },
      get error() {
        return predictor.error
      },
      send: (input) => {
        // What cannot be sent now would only be taken back later.
        if (!this.channel.ready) return
        const sequence = this.channel.send(command, input)
        if (sequence > 0) this.#content.predict(sequence, apply, input)
      },
    }
  }
}

interface Prediction {
  readonly state: PredictedState | undefined
  readonly pending: number
  readonly error: number
  send(input: unknown): void
}

export interface WorldAsk {
  readonly line: string
  readonly options: unknown
}

export async function enterWorld(hub: Hub, name: string, ask: WorldAsk): Promise<WorldHandle> {
  let content: WorldContent | undefined
  const { line, options } = ask
  const joining = {
    kind: 'world' as const,
    name,
    mode: joinMode.joinOrCreate,
    key: line,
    options,
  }
  const channel = new Channel(hub, joining, (block, made) => {
    content = new WorldContent(hub, block, made)
    return content
  })
  const handle = new WorldHandle(hub, channel, content as unknown as WorldContent)
  await channel.open()
  return handle
}
