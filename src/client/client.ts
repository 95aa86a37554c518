import { RealmError, toRealmError } from '../errors/index.ts'
import { type BlockKind, type Manifest, readWorldFrameHead } from '../protocol/index.ts'
import { Reader } from '../schema/index.ts'
import { type BlockTypes, Catalogue, manifestFrom, readManifest } from './catalogue.ts'
import type { Channel, ChannelMessage } from './channel.ts'
import { type Emitter, emitter } from './emitter.ts'
import type { Gates } from './gates.ts'
import type { ClientHost } from './host.ts'
import type { Hub } from './hub.ts'
import type { Login, QueuePlace } from './login.ts'
import { Requests } from './requests.ts'
import { Session } from './session.ts'
import type { Arrival, ServerMessage, SessionEvents, Status, Welcome } from './session-parts.ts'
import { TrafficMeter } from './traffic.ts'
import type { Kept } from './uplink.ts'
import { errorFromWire } from './verdict.ts'

export interface ClientParts {
  readonly host: ClientHost
  readonly gates: Gates
  readonly login: Login
  readonly onQueued: ((place: QueuePlace) => void) | undefined
  readonly connectTimeoutMs: number
  readonly requestTimeoutMs: number
}

/**
 * One connection to a game: hands messages to requests and channels, and what they send to the
 * session.
 */
export class Client implements Hub, SessionEvents {
  readonly host: ClientHost
  readonly traffic: TrafficMeter
  readonly requests: Requests
  readonly session: Session
  readonly requestTimeoutMs: number
  readonly statuses: Emitter<[status: Status]>
  readonly #onQueued: ((place: QueuePlace) => void) | undefined
  readonly #errors: Emitter<[error: RealmError]>
  readonly #manifestKey: string
  readonly #channels = new Map<number, Channel>()
  #lastChannel = 0
  #catalogue: Catalogue | undefined
  #player = { id: '', name: '' }
  #errorListeners = 0
  #overflowTold = false

  constructor(parts: ClientParts) {
    const { host, gates, login, connectTimeoutMs, requestTimeoutMs } = parts
    this.host = host
    this.#onQueued = parts.onQueued
    this.requestTimeoutMs = requestTimeoutMs
    this.traffic = new TrafficMeter(host.clock)
    this.#errors = emitter(() => {})
    this.statuses = emitter((thrown) => this.fault(thrown))
    this.#manifestKey = `realmkit:manifest:${gates.home.socket}`
    this.#catalogue = this.#storedCatalogue()
    this.requests = new Requests(host.clock, (message) => this.session.send(message))
    this.session = new Session({
      host,
      gates,
      login,
      handshakeTimeoutMs: connectTimeoutMs,
      traffic: this.traffic,
      events: this,
    })
  }

  get player(): { readonly id: string; readonly name: string } {
    return this.#player
  }

  get playerId(): string {
    return this.#player.id
  }

  get connected(): boolean {
    return this.session.status === 'connected'
  }

  get rttMs(): number {
    return this.session.heartbeat.rttMs
  }

  /** @throws RealmError `REALM_CLOSED` before the first welcome */
  get known(): Catalogue {
    if (this.#catalogue === undefined) throw new RealmError('REALM_CLOSED')
    return this.#catalogue
  }

  block(kind: BlockKind, name: string): BlockTypes {
    return this.known.block(kind, name)
  }

  send(message: Kept): boolean {
    return this.session.send(message)
  }

  sendLoose(bytes: Uint8Array): boolean {
    return this.session.sendLoose(bytes)
  }

  enlist(channel: Channel): number {
    if (this.session.status === 'closed') throw new RealmError('REALM_CLOSED')
    this.#channels.set(++this.#lastChannel, channel)
    return this.#lastChannel
  }

  dismiss(number: number): void {
    this.#channels.delete(number)
  }

  onError(listener: (error: RealmError) => void): () => void {
    this.#errorListeners++
    const off = this.#errors.on(listener)
    return () => {
      this.#errorListeners--
      off()
    }
  }

  report(error: RealmError): void {
    // A game that sends sixty commands a second through an outage needs to hear this once.
    if (error.code === 'UPLINK_FULL') {
      if (this.#overflowTold) return
      this.#overflowTold = true
    }
    if (this.#errorListeners > 0) this.#errors.emit(error)
    else console.warn(`realmkit: ${error.code}: ${error.message}`, error.cause ?? '')
  }

  fault(thrown: unknown): void {
    this.report(new RealmError('LISTENER_FAILED', '', { cause: thrown }))
  }

  outOfStep(thrown: unknown): void {
    this.session.abandon(toRealmError(thrown))
  }

  close(): void {
    this.session.close()
  }

  // ── what the session tells ──────────────────────────────────────────────────────────────

  manifestHash(): string {
    return this.#catalogue?.hash ?? ''
  }

  manifest(hash: string, bytes: Uint8Array): void {
    const manifest = readManifest(bytes)
    const changed = hash !== this.#catalogue?.hash
    this.#catalogue = new Catalogue(hash, manifest)
    this.host.storage.setItem(this.#manifestKey, JSON.stringify({ hash, manifest }))
    if (changed) for (const channel of [...this.#channels.values()]) channel.retype()
  }

  welcome(welcome: Welcome, arrival: Arrival, kept: readonly Kept[]): void {
    this.#player = { id: welcome.player, name: welcome.name }
    this.#overflowTold = false
    const channels = [...this.#channels.values()]
    if (arrival === 'resumed') {
      if (welcome.missed > 0) this.requests.missed(new Set(kept))
      for (const channel of channels) channel.resumed()
      return
    }
    const takenUp = arrival === 'takenUp'
    this.requests.renew(takenUp)
    for (const channel of channels) channel.renewed()
    // What was encoded for another manifest cannot be sent again.
    const repeats = takenUp && welcome.manifest.length === 0
    let lost = 0
    for (const message of kept) {
      if (message.kind !== 'command') continue
      const same = repeats && message.until === undefined
      if (!same || !this.session.send({ ...message, sent: false })) lost += 1
    }
    if (lost > 0) this.report(new RealmError('COMMANDS_LOST', `${lost} of them.`))
  }

  queued(place: QueuePlace): void {
    this.#onQueued?.(place)
  }

  waiting(): boolean {
    return this.requests.pending > 0
  }

  message(message: ServerMessage): void {
    switch (message.type) {
      case 'reply':
        this.requests.answer(message.body.id, message.body.output)
        return
      case 'fail':
        this.#fail(message.body)
        return
      case 'world': {
        const parts = new Reader(message.body)
        const head = readWorldFrameHead(parts)
        this.#toChannel(head.channel, { type: 'world', head, parts })
        return
      }
      case 'stateFull':
      case 'stateDelta':
      case 'event':
      case 'left':
        this.#toChannel(message.body.channel, message)
        return
      default:
        throw new RealmError('PROTOCOL_GARBAGE', `Unexpected ${message.type}.`)
    }
  }

  status(status: Status): void {
    this.statuses.emit(status)
  }

  ended(error: RealmError): void {
    this.requests.close(error)
    for (const channel of [...this.#channels.values()]) channel.end(error.code)
  }

  error(error: RealmError): void {
    this.report(error)
  }

  #toChannel(number: number, message: ChannelMessage): void {
    // A message for a channel that was left is not wrong, only late.
    this.#channels.get(number)?.take(message)
  }

  #fail(body: { id: number; channel: number; error: string; detail: string }): void {
    const error = errorFromWire(body.error, body.detail)
    if (body.id > 0) this.requests.fail(body.id, error)
    else if (body.channel > 0) this.#channels.get(body.channel)?.refused(error)
    else this.report(error)
  }

  #storedCatalogue(): Catalogue | undefined {
    try {
      const stored: unknown = JSON.parse(this.host.storage.getItem(this.#manifestKey) ?? 'null')
      const { hash, manifest } = Object(stored) as { hash?: unknown; manifest?: Manifest }
      return typeof hash === 'string' ? new Catalogue(hash, manifestFrom(manifest)) : undefined
    } catch {
      return undefined
    }
  }
}
