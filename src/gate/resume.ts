import type { Game, Player } from '../actor/index.ts'
import type { ClusterNode } from '../cluster/index.ts'
import { RealmError } from '../errors/index.ts'
import type { Write } from '../ports/index.ts'
import type { GateLimits } from './limits.ts'
import { decodeRecord, encodeRecord, SessionRecord, sessionKey } from './records.ts'
import { DownlinkRing } from './ring.ts'
import { newSecret, sameBytes, secretHash } from './secrets.ts'
import type { Session } from './session.ts'
import { gateTaken } from './taken.ts'
import type { Tickets } from './tickets.ts'

/** Times a session is looked at again because somebody else wrote its record meanwhile. */
const takeUpsMax = 4
/** Times a record is written anew because an earlier write of this gate has arrived after all. */
const writesMax = 4
/** Clients may take a gate for dead that stands still for longer. */
const stillMsMax = 5000
const noBytes = new Uint8Array(0)

export interface SessionsParts {
  readonly node: ClusterNode
  readonly limits: GateLimits
  readonly tickets: Tickets
  /** The game that runs now. */
  game(): Game
  /** The session is over: its channels are to be left. */
  ended(session: Session): void
  /** The session goes on at another gate: it is to be forgotten here. */
  movedOn(session: Session): void
}

/** What a client says of itself that resumes a session. */
export interface Resume {
  readonly session: string
  readonly token: string
  /** The numbered messages that it says to have. */
  readonly received: number
  readonly attempt: number
}

/** A session whose client has proved who it is, ready for its socket. */
export interface Opened {
  readonly session: Session
  /** To be presented at the next resume. */
  readonly token: string
  readonly resumed: boolean
  /** To be called with the first message that shows that the client has got the new token. */
  confirm(): void
}

/**
 * All sessions of a gate, and the way into them. The resume token changes with every resume; the
 * one presented stays valid until the client has shown that the new one arrived, so a lost
 * `welcome` locks nobody out. The store holds the hashes before the client holds a token, so the
 * token also proves its player after a crash of the gate.
 */
export class Sessions {
  readonly #parts: SessionsParts
  readonly #sessions = new Map<string, Session>()
  #wasAlive = true
  #refreshedMs = Number.POSITIVE_INFINITY

  constructor(parts: SessionsParts) {
    this.#parts = parts
  }

  get size(): number {
    return this.#sessions.size
  }

  get(id: string): Session | undefined {
    return this.#sessions.get(id)
  }

  all(): Iterable<Session> {
    return this.#sessions.values()
  }

  /** Opens a session with a ticket. @throws RealmError `TICKET_INVALID`, `SESSIONS_FULL` */
  async open(ticket: string): Promise<Opened> {
    const presented = await this.#parts.tickets.present(ticket)
    const { session, token } = this.#create(presented.player, this.#parts.node.random.id(), {
      ...{ epoch: 1, attempt: 0, takenWith: undefined },
    })
    try {
      const [version = 0] = await presented.redeem([this.#recordOf(session)])
      session.recordVersion = version
    } catch (error) {
      this.end(session)
      throw error
    }
    return { session, token, resumed: false, confirm: () => {} }
  }

  /**
   * Goes on with a session, or takes it up where it is not here.
   * @throws RealmError `RESUME_INVALID`, `SESSION_MOVED` where a later attempt of the client is
   * known, `SESSIONS_FULL`
   */
  async resume({ session: id, token, received, attempt }: Resume): Promise<Opened> {
    const session = this.#sessions.get(id)
    const hash = secretHash(token)
    if (session === undefined) return this.#takeUp(id, hash, attempt)
    if (!session.tokens.some((known) => sameBytes(known, hash))) {
      throw new RealmError('RESUME_INVALID')
    }
    if (attempt < session.attempt) throw new RealmError('SESSION_MOVED')
    // It was never welcomed here: what it counts is of another gate.
    if (session.takenWith !== undefined && sameBytes(session.takenWith, hash)) {
      return this.#takeUp(id, hash, attempt)
    }
    if (received > session.ring.last) throw new RealmError('RESUME_INVALID')
    const fresh = newSecret(this.#parts.node.random)
    const freshHash = secretHash(fresh)
    session.tokens = [hash, freshHash]
    session.attempt = attempt
    try {
      await this.#save(session)
    } catch (error) {
      if (!session.ended) throw error
    }
    if (session.ended) return this.#takeUp(id, hash, attempt)
    if (session.attempt !== attempt) throw new RealmError('SESSION_MOVED')
    const confirm = (): void => {
      session.tokens = [freshHash]
      this.#saveLater(session)
    }
    // What the ring has lost may be an event, an answer or a manifest: nobody here knows. All of it
    // is asked for where it comes from.
    if (session.ring.after(received).missed > 0) return this.#takeUp(id, hash, attempt)
    return { session, token: fresh, resumed: true, confirm }
  }

  /**
   * Asks the store whether the session is still ours. Its client may have gone to another gate that
   * could not tell us.
   * @throws RealmError `SESSION_MOVED`
   */
  async assertOurs(session: Session): Promise<void> {
    const stored = session.ended
      ? undefined
      : await this.#parts.node.store.read(sessionKey(session.id))
    if (stored !== undefined && this.#isOurs(stored.value, session)) return
    this.#letGo(session)
    throw new RealmError('SESSION_MOVED')
  }

  /** Another gate has the session, in this epoch. */
  taken(id: string, epoch: number): void {
    const session = this.#sessions.get(id)
    if (session !== undefined && session.epoch < epoch) this.#letGo(session)
  }

  /** The socket is gone; the session waits for its client. */
  away(session: Session): void {
    session.connection = undefined
    session.outbox.length = 0
    session.stalledSinceMs = undefined
    const { node, limits } = this.#parts
    session.expiry?.cancel()
    session.expiry = node.clock.after(limits.resumeWindowMs, () => this.end(session))
  }

  /**
   * Ends a session. Its record stays, so that a client that slept through the window still proves
   * who it is, unless the client ended it on purpose.
   */
  end(session: Session, onPurpose = false): void {
    if (session.ended) return
    session.ended = true
    session.connection = undefined
    session.expiry?.cancel()
    this.#sessions.delete(session.id)
    if (onPurpose) this.#forget(session.id)
    this.#parts.ended(session)
  }

  /**
   * Prolongs records that have lived long. After a time without a lease, or in which
   * it stood still, the gate learns which sessions others have taken up meanwhile. To be called
   * about once a second.
   * @returns whether it stood still: what its sockets then hold may have been sent elsewhere, too
   */
  refresh(): boolean {
    const { node, limits } = this.#parts
    const now = node.clock.now()
    const alive = node.leaseAlive()
    const stood = this.stoodStill(now)
    const wasAway = stood || (alive && !this.#wasAlive)
    this.#wasAlive = alive
    this.#refreshedMs = now
    const soon = node.clock.wallMs() + limits.sessionRecordMs / 2
    for (const session of this.#sessions.values()) {
      if (wasAway || session.recordExpires < soon) this.#saveLater(session)
    }
    return stood
  }

  /** Whether the gate has not run for so long that clients may have gone to others. */
  stoodStill(nowMs: number): boolean {
    return nowMs - this.#refreshedMs > stillMsMax
  }

  /** The gate closes: timers end, records stay. */
  close(): void {
    for (const session of this.#sessions.values()) {
      session.expiry?.cancel()
      session.connection = undefined
    }
    this.#sessions.clear()
  }

  /**
   * Takes up a session that another gate has had, or this one for a client that is past it. The
   * epoch in its record is raised first, so that no other gate can go on with it. An attempt that
   * the client has given up, since a later one is known, takes nothing from that one.
   */
  async #takeUp(id: string, hash: Uint8Array, attempt: number): Promise<Opened> {
    const { node } = this.#parts
    for (let takeUps = 0; takeUps < takeUpsMax; takeUps += 1) {
      const stored = await node.store.read(sessionKey(id))
      const record = decodeRecord(SessionRecord, stored?.value)
      const valid = record?.tokens.some((known) => sameBytes(known, hash)) ?? false
      if (stored === undefined || record === undefined || !valid) break
      if (record.expires < node.clock.wallMs()) break
      const here = this.#sessions.get(id)
      const newest = Math.max(record.attempt, here?.attempt ?? 0)
      if (attempt < newest) throw new RealmError('SESSION_MOVED')
      if (here !== undefined) this.#letGo(here)
      const player = { id: record.player, name: record.name }
      const counts = { epoch: record.epoch + 1, attempt, takenWith: hash }
      const { session, token } = this.#create(player, id, counts)
      const freshHash = secretHash(token)
      // Until the new token has arrived, the client can only come back with the old one.
      session.tokens = [hash, freshHash]
      session.recordVersion = stored.version
      try {
        await this.#save(session)
      } catch (error) {
        // Somebody was faster, who may have been this client.
        if (session.ended) continue
        this.#letGo(session)
        throw error
      }
      this.#tellFormer(record.gate, session)
      const confirm = (): void => {
        session.tokens = [freshHash]
        this.#saveLater(session)
      }
      return { session, token, resumed: false, confirm }
    }
    throw new RealmError('RESUME_INVALID')
  }

  #tellFormer(gate: string, { id, epoch }: Session): void {
    const { node } = this.#parts
    if (gate === node.id || !node.members().includes(gate)) return
    try {
      node.post(gate, gateTaken, { session: id, epoch })
    } catch {
      // It will learn it from the store.
    }
  }

  /** The session goes on elsewhere: nothing is left, and nothing told to its client. */
  #letGo(session: Session): void {
    if (session.ended) return
    session.ended = true
    session.expiry?.cancel()
    this.#sessions.delete(session.id)
    this.#parts.movedOn(session)
  }

  #create(
    player: Player,
    id: string,
    counts: Pick<Session, 'epoch' | 'attempt' | 'takenWith'>,
  ): { session: Session; token: string } {
    const { node, limits, game } = this.#parts
    if (this.#sessions.size >= limits.sessionsMax) throw new RealmError('SESSIONS_FULL')
    const token = newSecret(node.random)
    const session: Session = {
      id,
      ...counts,
      player,
      channels: new Map(),
      commanded: undefined,
      byAddress: new Map(),
      stays: 0,
      ring: new DownlinkRing(limits.resumeMessagesMax, limits.resumeBytesMax),
      connection: undefined,
      heardMs: Math.floor(node.clock.now()),
      outbox: [],
      received: 0,
      pending: 0,
      tokens: [secretHash(token)],
      recordExpires: 0,
      recordVersion: 0,
      saved: Promise.resolve(),
      game: game(),
      manifests: [],
      expiry: undefined,
      stalledSinceMs: undefined,
      stalledBytes: 0,
      ended: false,
    }
    this.#sessions.set(session.id, session)
    return { session, token }
  }

  #recordOf(session: Session): Write {
    const { node, limits } = this.#parts
    const { id, player, tokens, epoch, attempt } = session
    session.recordExpires = node.clock.wallMs() + limits.sessionRecordMs
    const value = encodeRecord(SessionRecord, {
      player: player.id,
      name: player.name,
      tokens: [...tokens],
      expires: session.recordExpires,
      gate: node.id,
      epoch,
      attempt,
    })
    return { key: sessionKey(id), value }
  }

  /** @throws RealmError `SESSION_MOVED` where another gate has taken the session up */
  #save(session: Session): Promise<void> {
    const saved = session.saved.then(() => this.#write(session))
    session.saved = saved.catch(() => {})
    return saved
  }

  /**
   * Of an earlier write the answer may have been lost: so the record itself tells what became of
   * it, and whose the session is.
   */
  async #write(session: Session): Promise<void> {
    const { store } = this.#parts.node
    for (let writes = 0; writes < writesMax; writes += 1) {
      if (session.ended) throw new RealmError('SESSION_MOVED')
      const write = this.#recordOf(session)
      const checks = [{ key: write.key, version: session.recordVersion }]
      let failure: unknown = new RealmError('STORE_UNAVAILABLE')
      try {
        const result = await store.transact({ checks, writes: [write] })
        if (result.ok) {
          session.recordVersion = result.versions[0] ?? 0
          return
        }
      } catch (error) {
        failure = error
      }
      const stored = await store.read(write.key)
      if (stored?.version === session.recordVersion) throw failure
      if (stored === undefined || !this.#isOurs(stored.value, session)) {
        this.#letGo(session)
        throw new RealmError('SESSION_MOVED')
      }
      session.recordVersion = stored.version
      if (sameBytes(stored.value, write.value ?? noBytes)) return
    }
    throw new RealmError('STORE_UNAVAILABLE')
  }

  /** Whether this gate has written a record, and nobody since. */
  #isOurs(value: Uint8Array, { epoch, attempt }: Session): boolean {
    const record = decodeRecord(SessionRecord, value)
    if (record === undefined || record.gate !== this.#parts.node.id) return false
    return record.epoch === epoch && record.attempt <= attempt
  }

  #saveLater(session: Session): void {
    this.#save(session).catch((error: unknown) => {
      if (session.ended) return
      this.#parts.node.log.warn({ error, session: session.id }, 'A session record was not saved.')
    })
  }

  #forget(id: string): void {
    const { store, log } = this.#parts.node
    const writes = [{ key: sessionKey(id), value: undefined }]
    store.transact({ checks: [], writes }).catch((error: unknown) => {
      log.warn({ error, session: id }, 'A session record was not deleted.')
    })
  }
}
