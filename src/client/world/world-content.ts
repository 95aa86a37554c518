import { RealmError } from '../../errors/index.ts'
import {
  defaultPrecision,
  type Joined,
  type SeenEntity,
  seenPerTick,
  TileStream,
  type UnseenReason,
  type WorldDescriptor,
  type WorldFrameHead,
} from '../../protocol/index.ts'
import type { Reader } from '../../schema/index.ts'
import type { BlockTypes } from '../catalogue.ts'
import type { Channel, Content, ContentMessage } from '../channel.ts'
import { type Emitter, emitter } from '../emitter.ts'
import type { Hub } from '../hub.ts'
import { Integrity } from './integrity.ts'
import { type Apply, Predictor } from './predict.ts'
import { Timeline } from './timeline.ts'
import { type Shown, Track } from './track.ts'

/** After streams began anew, what no keyframe has spoken of for this long is out of view. */
const staleMs = 600
/** A game that drew longer ago than this looks at entities as they are in the newest frame. */
const drawnMsMax = 250

/**
 * An entity as the game holds it: one object from appearance to disappearance, over reconnections
 * too.
 */
export interface HeldEntity {
  readonly id: number
  readonly kind: string
  x: number
  y: number
  fields: Record<string, unknown>
}

/** An entity with what rendering needs. */
interface Member {
  readonly held: HeldEntity
  readonly drawn: HeldEntity
  readonly track: Track
  readonly shown: Shown
  readonly angles: readonly string[]
  /** Whether `drawn.fields` lags behind. */
  changed: boolean
  /** Known from before the last reconnection, not yet confirmed. */
  stale: boolean
}

/** What makes a far world feel near, each to be switched off. */
export interface Feel {
  interpolation: boolean
  prediction: boolean
  compensation: boolean
}

/** A joined world: its entities, their recent past, and the prediction of the player's own. */
export class WorldContent implements Content {
  readonly waiting = false
  readonly entities: ReadonlyMap<number, HeldEntity>
  readonly added: Emitter<[entity: HeldEntity]>
  readonly changed: Emitter<[entity: HeldEntity]>
  readonly removed: Emitter<[entity: HeldEntity, reason: UnseenReason]>
  timeline: Timeline
  me = 0
  snapDistance: number
  readonly integrity: Integrity
  readonly feel: Feel = { interpolation: true, prediction: true, compensation: true }
  #descriptor: WorldDescriptor
  readonly #hub: Hub
  readonly #entities = new Map<number, HeldEntity>()
  readonly #members = new Map<number, Member>()
  readonly #view: HeldEntity[] = []
  #angles: ReadonlyMap<string, readonly string[]>
  #stream: TileStream
  #predictor: Predictor | undefined
  /** When stale entities are given up; undefined where there are none, +∞ before the next frame. */
  #staleUntil: number | undefined
  #frameMs = 0
  #tick = 0
  /** Which time was drawn last, and when. */
  #drawnMs = 0
  #drawnAt = Number.NEGATIVE_INFINITY
  #restMs = 0

  constructor(hub: Hub, block: BlockTypes, channel: Channel) {
    this.#hub = hub
    this.integrity = new Integrity(hub, channel)
    this.entities = this.#entities
    this.added = emitter((thrown) => hub.fault(thrown))
    this.changed = emitter((thrown) => hub.fault(thrown))
    this.removed = emitter((thrown) => hub.fault(thrown))
    this.#descriptor = worldOf(block)
    this.#angles = anglesOf(this.#descriptor)
    this.timeline = new Timeline(1000 / this.#descriptor.tickHz)
    this.snapDistance = this.#descriptor.viewRadius / 4
    this.#stream = this.#newStream()
  }

  joined(joined: Joined): void {
    this.me = joined.me
  }

  take(message: ContentMessage): void {
    if (message.type !== 'world')
      throw new RealmError('PROTOCOL_GARBAGE', 'This channel is a world.')
    this.#frame(message.head, message.parts)
  }

  restarted(): void {
    this.#stream = this.#newStream()
    this.integrity.restart()
    for (const member of this.#members.values()) member.stale = true
    this.#staleUntil = Number.POSITIVE_INFINITY
    this.#predictor?.reset()
  }

  retype(block: BlockTypes): void {
    const descriptor = worldOf(block)
    if (JSON.stringify(descriptor) === JSON.stringify(this.#descriptor)) return
    this.#descriptor = descriptor
    this.#angles = anglesOf(descriptor)
    this.timeline = new Timeline(1000 / descriptor.tickHz)
    this.restarted()
  }

  /** Length of a tick, ms. */
  get tickMs(): number {
    return 1000 / this.#descriptor.tickHz
  }

  /** Prediction is made when it is first asked for: most clients of a world only watch. */
  predictor(smoothMs: number): Predictor {
    this.#predictor ??= new Predictor({
      tickMs: this.tickMs,
      pace: () => this.timeline.pace,
      precision: this.#descriptor.precision ?? defaultPrecision(this.#descriptor.viewRadius),
      smoothMs,
      snap: () => this.snapDistance,
      rttMs: () => this.#hub.rttMs,
      fault: (thrown) => this.#hub.fault(thrown),
    })
    this.#predictor.reconcile(this.#hub.host.clock.now(), 0, this.#avatar())
    return this.#predictor
  }

  predict(sequence: number, apply: Apply, input: unknown): void {
    this.#predictor?.input(this.#hub.host.clock.now(), sequence, apply, input)
  }

  /**
   * All entities as they are to be drawn at local time `now`. The array and its objects are
   * reused.
   */
  view(now: number): readonly HeldEntity[] {
    const shownMs = this.#shown(now)
    let count = 0
    for (const member of this.#members.values()) {
      this.#view[count++] = this.#draw(member, now, shownMs)
    }
    this.#view.length = count
    return this.#view
  }

  sample(id: number, now: number): HeldEntity | undefined {
    const member = this.#members.get(id)
    return member === undefined ? undefined : this.#draw(member, now, this.#shown(now))
  }

  /** In parts of a tick, from 1 on; 0 where the world does not want to know. */
  seen(): number {
    const { newestMs } = this.timeline
    const wanted = this.#descriptor.rewindMs !== undefined && this.feel.compensation
    if (!wanted || newestMs <= 0) return 0
    const drew = this.#hub.host.clock.now() - this.#drawnAt <= drawnMsMax
    const shownMs = drew ? this.#drawnMs : newestMs
    return Math.max(1, Math.round((shownMs / this.tickMs) * seenPerTick))
  }

  // ── frames ──────────────────────────────────────────────────────────────────────────────

  #frame(head: WorldFrameHead, parts: Reader): void {
    const { timeline } = this
    const now = this.#hub.host.clock.now()
    const formerMs = timeline.newestMs
    const continues = timeline.arrived(now, head.tick)
    this.#frameMs = timeline.newestMs
    if (!continues) this.#forgetPast()
    // Frames without content are not sent, so whoever changes now rested until the tick before; but
    // after a restart of the streams nobody can say what happened in between.
    const unknown = this.#staleUntil === Number.POSITIVE_INFINITY
    this.#restMs = unknown ? Math.min(formerMs, this.#frameMs) : this.#frameMs - this.tickMs
    if (unknown) this.#staleUntil = now + staleMs
    this.me = head.me
    this.#tick = head.tick
    this.#stream.apply(parts, head.tick)
    if (this.#staleUntil !== undefined && now >= this.#staleUntil) this.#dropStale()
    this.#predictor?.reconcile(now, head.acknowledged, this.#avatar())
  }

  #newStream(): TileStream {
    return new TileStream(this.#descriptor, {
      added: (entity) => this.#add(entity),
      changed: (entity, moved) => this.#change(entity, moved),
      removed: (entity, reason) => this.#remove(entity.id, reason),
      suspect: (stream) => this.integrity.suspect(stream, this.#tick),
      desync: (report) => this.integrity.proven(report),
    })
  }

  #add(entity: SeenEntity): void {
    const known = this.#members.get(entity.id)
    if (known !== undefined && known.held.kind === entity.kind) {
      known.stale = false
      known.held.fields = entity.fields
      this.#change(entity, true)
      return
    }
    if (known !== undefined) this.#remove(entity.id, 'hidden')
    const { id, kind, x, y, fields } = entity
    const angles = this.#angles.get(kind) ?? []
    const member: Member = {
      held: { id, kind, x, y, fields },
      drawn: { id, kind, x, y, fields: {} },
      track: new Track(angles.length),
      shown: { x, y, angles: [] },
      angles,
      changed: true,
      stale: false,
    }
    this.#members.set(id, member)
    this.#entities.set(id, member.held)
    this.#remember(member)
    this.added.emit(member.held)
  }

  #change(entity: SeenEntity, moved: boolean): void {
    const member = this.#members.get(entity.id)
    if (member === undefined) return
    const { held, track, angles } = member
    held.x = entity.x
    held.y = entity.y
    member.changed = true
    if (moved || angles.length > 0) {
      const glides = moved && track.glides(this.#frameMs, held.x, held.y, this.tickMs)
      if (!glides) track.rest(this.#restMs)
      this.#remember(member)
    }
    this.changed.emit(held)
  }

  #remember({ held, track, angles }: Member): void {
    const turned = angles.map((name) => Number(held.fields[name]))
    track.push(this.#frameMs, held.x, held.y, turned)
  }

  #remove(id: number, reason: UnseenReason): void {
    const member = this.#members.get(id)
    if (member === undefined) return
    this.#members.delete(id)
    this.#entities.delete(id)
    this.removed.emit(member.held, reason)
  }

  #dropStale(): void {
    this.#staleUntil = undefined
    for (const [id, member] of [...this.#members]) if (member.stale) this.#remove(id, 'hidden')
  }

  /** Time has jumped: nobody is walked from where it was to where it is. */
  #forgetPast(): void {
    for (const member of this.#members.values()) {
      member.track.clear()
      this.#remember(member)
    }
  }

  #avatar(): (HeldEntity['fields'] & { x: number; y: number }) | undefined {
    const member = this.#members.get(this.me)
    if (member === undefined || member.stale) return undefined
    const { x, y, fields } = member.held
    return { ...fields, x, y }
  }

  // ── drawing ─────────────────────────────────────────────────────────────────────────────

  /** The server time to draw. */
  #shown(now: number): number {
    const { timeline } = this
    this.#drawnMs = this.feel.interpolation ? timeline.shownMs(now) : timeline.newestMs
    this.#drawnAt = now
    return this.#drawnMs
  }

  #draw(member: Member, now: number, shownMs: number): HeldEntity {
    const { held, drawn, track, shown, angles } = member
    if (member.changed) {
      member.changed = false
      Object.assign(drawn.fields, held.fields)
    }
    const predicting = held.id === this.me && this.feel.prediction
    const predicted = predicting ? this.#predictor : undefined
    if (predicted?.state !== undefined) {
      predicted.sample(now, drawn)
      const { x: _x, y: _y, ...fields } = predicted.state
      Object.assign(drawn.fields, fields)
      member.changed = true
      return drawn
    }
    const { timeline } = this
    const overdueMs = timeline.overdueMs(now)
    track.sample(shownMs, timeline.newestMs, this.snapDistance, shown, overdueMs)
    drawn.x = shown.x
    drawn.y = shown.y
    for (const [index, name] of angles.entries()) drawn.fields[name] = shown.angles[index]
    return drawn
  }
}

function worldOf(block: BlockTypes): WorldDescriptor {
  const { world } = block.descriptor
  if (world === undefined || !(world.tickHz > 0)) {
    throw new RealmError('PROTOCOL_GARBAGE', 'The manifest is not valid.')
  }
  return world
}

/** The angle fields of each kind: those are turned the short way round. */
function anglesOf(world: WorldDescriptor): ReadonlyMap<string, readonly string[]> {
  const kinds = world.entities.map(({ name, fields }) => {
    const all = fields.kind === 'record' ? fields.fields : []
    const angles = all.filter(({ type }) => type.kind === 'angle').map((field) => field.name)
    return [name, angles] as const
  })
  return new Map(kinds)
}
