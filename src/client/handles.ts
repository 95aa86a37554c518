import type { RealmError } from '../errors/index.ts'
import { byName } from './by-name.ts'
import { Channel, joinMode } from './channel.ts'
import type { Off } from './emitter.ts'
import type { Hub } from './hub.ts'
import { StateContent } from './state-content.ts'

type Send = Record<string, (input?: unknown) => void>

/** What all joined things have in common. */
export class Handle {
  readonly channel: Channel
  readonly send: Send

  constructor(channel: Channel) {
    this.channel = channel
    this.send = byName((name) => (input?: unknown) => void channel.send(name, input))
  }

  on(event: string, listener: (payload: never) => void): Off {
    return this.channel.on(event, listener)
  }

  onLeft(listener: (code: string) => void): Off {
    return this.channel.left.on(listener)
  }

  onError(listener: (error: RealmError) => void): Off {
    return this.channel.onError(listener)
  }

  leave(): void {
    this.channel.leave()
  }
}

/** A room or a watched actor. */
export class StateHandle extends Handle {
  readonly #content: StateContent

  constructor(channel: Channel, content: StateContent) {
    super(channel)
    this.#content = content
  }

  /** The room's id. */
  get id(): string {
    return this.channel.key
  }

  /** The actor's key. */
  get key(): string {
    return this.channel.key
  }

  get state(): object {
    return this.#content.state
  }
}

/** What is asked for when a room is entered. */
export interface RoomAsk {
  readonly mode: number
  readonly key: string
  readonly options: unknown
}

export async function enterRoom(hub: Hub, name: string, ask: RoomAsk): Promise<StateHandle> {
  return await enterState(hub, { kind: 'room', name, ...ask })
}

export async function watchActor(hub: Hub, name: string, key: string): Promise<StateHandle> {
  return await enterState(hub, { kind: 'actor', name, mode: joinMode.join, key, options: {} })
}

async function enterState(
  hub: Hub,
  ask: RoomAsk & { readonly kind: 'room' | 'actor'; readonly name: string },
): Promise<StateHandle> {
  let content: StateContent | undefined
  const channel = new Channel(hub, ask, (block) => {
    content = new StateContent(hub, block)
    return content
  })
  const handle = new StateHandle(channel, content as unknown as StateContent)
  await channel.open()
  return handle
}
