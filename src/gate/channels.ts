import type { Game, GateTiles, Host, HostMessage, Member } from '../actor/index.ts'
import type { Address, ClusterNode } from '../cluster/index.ts'
import { type ErrorCode, toRealmError } from '../errors/index.ts'
import type { WorldDescriptor } from '../protocol/index.ts'
import type { GateLimits } from './limits.ts'
import type { Outboxes } from './outbox.ts'
import { type Channel, forgetChannel, type Session } from './session.ts'
import type { GateCounters } from './stats.ts'
import type { TileRequest } from './tile-wants.ts'
import type { WorldCommands } from './world-commands.ts'
import { WorldFeed } from './world-feed.ts'

export interface ChannelsParts {
  readonly node: ClusterNode
  readonly host: Pick<Host, 'send'>
  readonly limits: GateLimits
  readonly outboxes: Outboxes
  readonly counters: GateCounters
  readonly worldCommands: WorldCommands
  game(): Game
  /** Whether the session of this id is here. */
  isHere(session: string): boolean
}

/** Strangers remembered, so that each is told off once and not with every delivery. */
const orphansMax = 10_000
/** What was missed is asked for again after this time. */
const askAgainMs = 2000

interface Orphan {
  readonly session: string
  readonly address: Address
  readonly sinceMs: number
}

/** Whose stay it is, and on which channel. */
export interface Stay {
  readonly session: Session
  readonly channel: Channel
}

/** What sessions have joined: keeps activations told of who is there, and the feeds of worlds. */
export class Channels {
  readonly #parts: ChannelsParts
  readonly #feeds = new Map<Address, WorldFeed>()
  readonly #stays = new Map<string, Stay>()
  /**
   * Members for whom deliveries come although their session is not here, with the time of the
   * first.
   */
  readonly #orphans = new Map<string, Orphan>()
  /** Channels that have missed something. */
  readonly #awaiting = new Map<Channel, Session>()
  /** Requests to worlds so far. */
  #requests = 0

  constructor(parts: ChannelsParts) {
    this.#parts = parts
  }

  /** A channel got its address. */
  opened(session: Session, channel: Channel): void {
    this.#stays.set(channel.stay, { session, channel })
    const feed = this.#feedFor(channel)
    if (feed === undefined) return
    // The same text in one place: its commands are gathered without looking at each channel's own.
    channel.address = feed.anyChannel()?.address ?? channel.address
    feed.add(session, channel, this.#now())
  }

  /** Removes a channel on this side only: the activation has ended it, or has never had it. */
  remove(session: Session, channel: Channel): void {
    this.#stays.delete(channel.stay)
    forgetChannel(session, channel)
    if (session.byAddress.get(channel.address) !== channel) return
    session.byAddress.delete(channel.address)
    const feed = this.#feeds.get(channel.address)
    if (feed === undefined) return
    feed.remove(channel.stay, this.#now())
    if (feed.views === 0) this.#feeds.delete(channel.address)
  }

  /** Undefined for a stay that has ended. */
  stay(name: string): Stay | undefined {
    return this.#stays.get(name)
  }

  /** The client leaves. */
  leave(session: Session, channel: Channel): void {
    this.remove(session, channel)
    this.#tell(channel.address, { op: 'leave', session: channel.stay })
  }

  /** The session goes on at another gate; its seats stay for whom comes from there. */
  forgetAll(session: Session): void {
    for (const channel of [...session.channels.values()]) {
      this.remove(session, channel)
      this.#tell(channel.address, { op: 'connection', session: channel.stay, connected: false })
    }
  }

  leaveAll(session: Session): void {
    for (const channel of [...session.channels.values()]) this.leave(session, channel)
  }

  /** The client's socket is gone, or there again. */
  connection(session: Session, connected: boolean): void {
    for (const channel of session.channels.values()) {
      const { address, stay } = channel
      if (connected) this.#vouch(address, { op: 'connection', session: stay, connected })
      else this.#tell(address, { op: 'connection', session: stay, connected })
      const feed = this.#feeds.get(channel.address)
      if (connected && channel.told.awaiting) this.#askAgain(session, channel)
      if (connected) feed?.attach(channel.stay, this.#now())
      else feed?.detach(channel.stay, this.#now())
    }
  }

  /** The client has lost messages for good. */
  resync(session: Session): void {
    for (const channel of session.channels.values()) {
      this.#tell(channel.address, { op: 'resync', session: channel.stay })
    }
  }

  tick(from: string, { address, batch, epoch }: GateTiles): void {
    const feed = this.#feeds.get(address)
    if (feed === undefined) return
    feed.node = from
    feed.tick(batch, this.#now(), epoch)
  }

  /** Of what the channel was to be told something is missing. */
  missed(session: Session, channel: Channel): void {
    channel.told.awaiting = true
    this.#awaiting.set(channel, session)
    if (session.connection !== undefined) this.#askAgain(session, channel)
  }

  /** The same of all channels to some addresses. */
  missedFrom(sessions: Iterable<Session>, addresses: ReadonlySet<Address>): void {
    for (const session of sessions) {
      for (const channel of session.channels.values()) {
        if (addresses.has(channel.address)) this.missed(session, channel)
      }
    }
  }

  /** The link to a node is broken: what its activations have told since may be lost. */
  lostTouch(sessions: Iterable<Session>, node: string): void {
    for (const session of sessions) {
      for (const channel of session.channels.values()) {
        const heardFrom = this.#feeds.get(channel.address)?.node ?? channel.told.from
        if (heardFrom === node || channel.told.from === node) this.missed(session, channel)
      }
    }
  }

  /** A client has something else of a stream of a world. */
  prove({ address, stay }: Channel, stream: number): void {
    this.#feeds.get(address)?.prove(stay, stream, this.#now())
  }

  #askAgain(session: Session, channel: Channel): void {
    const { node, host, worldCommands } = this.#parts
    const { address, told } = channel
    if (address === '') return
    told.askedMs = this.#now()
    const member = { session: channel.stay, gate: node.id, player: session.player }
    const since = { member, seen: told.seen }
    worldCommands.flush(address)
    host.send(address, { op: 'resync', session: channel.stay, since }).catch((thrown: unknown) => {
      const { code, retry } = toRealmError(thrown)
      // Who is gone from there for good learns it; who is only unknown there comes in again.
      if (session.byAddress.get(address) !== channel || (retry && code !== 'UNKNOWN_CHANNEL'))
        return
      this.#sendOff({ session, channel }, code === 'UNKNOWN_CHANNEL' ? 'NODE_LOST' : code)
    })
  }

  #sendOff({ session, channel }: Stay, error: ErrorCode): void {
    this.#parts.outboxes.send(session, 'left', { channel: channel.number, error })
    this.remove(session, channel)
  }

  /**
   * Tells an activation that somebody is there. One that has come back from before the join does
   * not know who it is: the client comes in again.
   */
  #vouch(address: Address, message: Extract<HostMessage, { op: 'connection' | 'resync' }>): void {
    if (address === '') return
    this.#parts.worldCommands.flush(address)
    this.#parts.host.send(address, message).catch((error: unknown) => {
      const stay = this.#stays.get(message.session)
      if (stay === undefined || toRealmError(error).code !== 'UNKNOWN_CHANNEL') return
      this.#sendOff(stay, 'NODE_LOST')
    })
  }

  /** Asks again for all that is missing: what it was asked of may be somewhere else by now. */
  askForMissing(): void {
    this.#checkAwaiting(0)
  }

  /** @param afterMs how long an answer is waited for */
  #checkAwaiting(afterMs: number): void {
    const beforeMs = this.#now() - afterMs
    for (const [channel, session] of this.#awaiting) {
      const { told, number } = channel
      if (!told.awaiting || session.ended || session.channels.get(number) !== channel) {
        this.#awaiting.delete(channel)
      } else if (session.connection !== undefined && told.askedMs <= beforeMs) {
        this.#askAgain(session, channel)
      }
    }
  }

  /** To be called about once a second. */
  check(): void {
    this.#checkAwaiting(askAgainMs)
    for (const feed of this.#feeds.values()) feed.check(this.#now())
    const lateMs = this.#now() - this.#parts.limits.resumeWindowMs
    for (const [key, { session, address, sinceMs }] of this.#orphans) {
      if (sinceMs > lateMs) continue
      this.#orphans.delete(key)
      this.#tell(address, { op: 'leave', session })
    }
  }

  /**
   * A delivery came for a session that is not here: this gate was restarted, or the news of its end
   * got lost. A seat is first marked as disconnected, so that its player may come back within the
   * game's own time, then given up.
   */
  orphan(address: Address, { session }: Member): void {
    // Only the stay has ended: its activation is told already.
    if (this.#parts.isHere(session.slice(0, session.lastIndexOf('.')))) return
    const key = `${session} ${address}`
    if (this.#orphans.has(key) || this.#orphans.size >= orphansMax) return
    this.#orphans.set(key, { session, address, sinceMs: this.#now() })
    this.#tell(address, { op: 'connection', session, connected: false })
  }

  /**
   * The game was replaced: channels get their new block, worlds their new shape.
   * @returns channels whose block is gone
   */
  replaceGame(session: Session): Channel[] {
    const gone: Channel[] = []
    for (const channel of session.channels.values()) {
      const { kind } = channel.block.block
      const block = this.#parts.game().find(kind, channel.block.name)
      if (block === undefined) gone.push(channel)
      else channel.block = block
    }
    return gone
  }

  /**
   * Prepares for new code, after the channels have got their new blocks: feeds whose world has
   * changed its shape are replaced, and silent until the new code runs.
   */
  renewFeeds(running: Promise<unknown>): void {
    for (const [address, feed] of this.#feeds) {
      const block = feed.anyChannel()?.block
      const world = block && this.#parts.game().manifest.blocks[block.number]?.world
      if (world === undefined) continue
      if (feed.isOf(world)) continue
      const current = this.#newFeed(address, world)
      current.adopt(feed, this.#now())
      this.#feeds.set(address, current)
      const replaced = (): void => current.replaced(this.#now())
      running.then(replaced, replaced)
    }
  }

  /** The feed of a world; undefined for everything else. */
  #feedFor(channel: Channel): WorldFeed | undefined {
    const { address, block } = channel
    const known = this.#feeds.get(address)
    if (known !== undefined) return known
    const world = this.#parts.game().manifest.blocks[block.number]?.world
    if (world === undefined) return undefined
    const feed = this.#newFeed(address, world)
    this.#feeds.set(address, feed)
    return feed
  }

  #newFeed(address: Address, world: WorldDescriptor): WorldFeed {
    const { node, limits, outboxes, counters } = this.#parts
    const request = (tiles: TileRequest): void => {
      this.#tell(address, { op: 'tiles', gate: node.id, ...tiles })
    }
    const nextRequest = (): number => (this.#requests += 1)
    const resync = (session: string): void => this.#vouch(address, { op: 'resync', session })
    return new WorldFeed(world, { limits, outboxes, counters, nextRequest, request, resync })
  }

  /**
   * Sends what nobody waits for. A room that is looked for has no address yet, and nothing to be
   * told.
   */
  #tell(address: Address, message: HostMessage): void {
    if (address === '') return
    this.#parts.worldCommands.flush(address)
    this.#parts.host.send(address, message).catch((error: unknown) => {
      this.#parts.node.log.debug({ error, address, op: message.op }, 'A notice was not taken.')
    })
  }

  #now(): number {
    return this.#parts.node.clock.now()
  }
}
