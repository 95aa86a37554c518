import type { Check, Clock, Log, Store, Witness } from '../ports/index.ts'
import { decode } from '../schema/index.ts'
import type { Listed, Listing } from './greeter.ts'
import { LeaseValue, type Member, type MemberEvent, memberOf, tellsSame } from './member.ts'

/** A lease has ended when no renewal was observed for this long. */
export const leaseMs = 3000
/** Leases that ended this long ago are swept from the store. */
const leaseSweepMs = 60_000
const nodesMax = 1000
/** Older observations are refreshed before anybody is declared dead. */
const observationFreshMs = 1000
/** Looks that others can cause: so many at once, so many a second. */
const looksMax = 20

interface Observed {
  readonly member: Member
  readonly version: number
  /** When this node last saw the lease change, by its own monotonic clock. */
  readonly changedMs: number
}

export interface MembersOptions {
  readonly clock: Clock
  readonly store: Store
  readonly log: Log
  /** What this node tells of itself. */
  readonly own: () => Member
  readonly witness: Witness | undefined
  /** Told when the lease of a node whose process has ended was taken away. */
  readonly buried: () => void
}

/**
 * The nodes of the cluster as this one observes them, by the leases in the store. With an exclusive
 * store there are no others.
 */
export class Members implements Listing {
  readonly #options: MembersOptions
  readonly #id: string
  readonly #observed = new Map<string, Observed>()
  readonly #watchers = new Set<(event: MemberEvent) => void>()
  #all: readonly Member[]
  #ids: readonly string[]
  #observedMs = Number.NEGATIVE_INFINITY
  #observing: Promise<void> | undefined
  #observingNext: Promise<void> | undefined
  #looks = looksMax
  #looksMs = 0
  #closed = false

  constructor(options: MembersOptions) {
    this.#options = options
    const own = options.own()
    this.#id = own.id
    this.#all = [own]
    this.#ids = [own.id]
  }

  /** Ascending by id, this node included. */
  all(): readonly Member[] {
    return this.#all
  }

  ids(): readonly string[] {
    return this.#ids
  }

  /** Tells of those who join, change and leave from now on. @returns what ends it */
  watch(watcher: (event: MemberEvent) => void): () => void {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  find(node: string, incarnation?: string): Listed | undefined {
    if (this.#options.store.exclusive) {
      return { incarnation: incarnation ?? '', publicKey: new Uint8Array(0) }
    }
    const seen = this.#observed.get(node)
    if (seen === undefined || !this.#isFresh(seen)) return undefined
    const { member } = seen
    return incarnation === undefined || incarnation === member.incarnation ? member : undefined
  }

  /** Whether that life of that node may still act, as far as is known. */
  maybeAlive(node: string, incarnation: string): boolean {
    const own = this.#options.own()
    if (node === own.id) return incarnation === own.incarnation
    const seen = this.#observed.get(node)
    return seen?.member.incarnation === incarnation && this.#isFresh(seen)
  }

  /**
   * What must hold in the store with whatever is taken over from that life of that node; undefined
   * where it may still act. It may have renewed its lease since it was last looked at: then the
   * checks fail, and it is to be looked at again.
   * @throws RealmError `STORE_UNAVAILABLE`
   */
  async checksOfEnd(node: string, incarnation: string): Promise<readonly Check[] | undefined> {
    const { store, clock } = this.#options
    if (this.maybeAlive(node, incarnation)) return undefined
    if (store.exclusive) return []
    // A node that has just started may not have been observed yet; one cut off from the store
    // observes nothing.
    const isOld = clock.now() - this.#observedMs > observationFreshMs
    if (isOld || this.#observed.get(node)?.member.incarnation !== incarnation) {
      await this.#observing?.catch(() => {})
      await this.observe()
    }
    if (this.maybeAlive(node, incarnation)) return undefined
    const seen = this.#observed.get(node)
    // No life of a node comes after a later one.
    if (seen !== undefined && seen.member.incarnation !== incarnation) return []
    return [{ key: `lease/${node}`, version: seen?.version ?? 0 }]
  }

  /** Looks because somebody says so, who may be anybody: now and then at most. */
  async look(freshMs = 0): Promise<void> {
    const now = this.#options.clock.now()
    if (now < this.#observedMs + freshMs) return
    const earned = ((now - this.#looksMs) / 1000) * looksMax
    this.#looks = Math.min(looksMax, this.#looks + earned)
    this.#looksMs = now
    if (this.#looks < 1 || this.#options.store.exclusive) return
    this.#looks -= 1
    // A look that has begun may have missed what this one is about.
    if (this.#observing === undefined) return this.observe()
    this.#observingNext ??= this.#observing
      .catch(() => {})
      .then(() => {
        this.#observingNext = undefined
        return this.observe()
      })
    return this.#observingNext
  }

  /** Looks at all leases now. */
  observe(): Promise<void> {
    this.#observing ??= this.#scan().finally(() => {
      this.#observing = undefined
    })
    return this.#observing
  }

  /** Takes in what this node tells of itself. */
  update(): void {
    const former = this.#all
    const alive = [this.#options.own()]
    for (const seen of this.#observed.values()) if (this.#isFresh(seen)) alive.push(seen.member)
    alive.sort((left, right) => (left.id < right.id ? -1 : 1))
    this.#all = alive
    this.#ids = alive.map(({ id }) => id)
    this.#tell(former)
  }

  close(): void {
    this.#closed = true
  }

  #tell(former: readonly Member[]): void {
    const all = this.#all
    const same = former.length === all.length && former.every((was, at) => isAsWas(was, all[at]))
    if (same) return
    const before = new Map(former.map((member) => [member.id, member]))
    const events: MemberEvent[] = []
    for (const member of all) {
      const known = before.get(member.id)
      before.delete(member.id)
      if (known?.incarnation === member.incarnation) {
        if (!tellsSame(known, member)) events.push({ kind: 'changed', member })
        continue
      }
      if (known !== undefined) events.push({ kind: 'left', member: known })
      events.push({ kind: 'joined', member })
    }
    for (const member of before.values()) events.push({ kind: 'left', member })
    for (const event of events)
      for (const watcher of [...this.#watchers]) this.#call(watcher, event)
  }

  #call(watcher: (event: MemberEvent) => void, event: MemberEvent): void {
    try {
      watcher(event)
    } catch (error) {
      this.#options.log.error({ error }, 'Who was told of a change of members failed.')
    }
  }

  async #scan(): Promise<void> {
    const { store, clock, log } = this.#options
    const records = await store.scan('lease/', { limit: nodesMax })
    if (this.#closed) return
    const now = clock.now()
    this.#observedMs = now
    const seen = new Set<string>()
    for (const { key, version, value } of records) {
      const node = key.slice('lease/'.length)
      seen.add(node)
      if (node === this.#id || this.#observed.get(node)?.version === version) continue
      try {
        const member = memberOf(node, decode(LeaseValue, value))
        this.#observed.set(node, { member, version, changedMs: now })
      } catch (error) {
        // One that writes otherwise must not blind the rest.
        log.warn({ error, node }, 'The lease of a node could not be read.')
      }
    }
    for (const node of this.#observed.keys()) if (!seen.has(node)) this.#observed.delete(node)
    this.update()
    await this.#bury()
    await this.#sweep()
  }

  #isFresh(seen: Observed): boolean {
    return this.#options.clock.now() < seen.changedMs + leaseMs
  }

  /** Ends the leases of those whose processes have ended for certain: nobody need wait for that. */
  async #bury(): Promise<void> {
    const { witness, store, log, buried } = this.#options
    if (witness === undefined) return
    const ended = [...this.#observed].filter(([, { member }]) => witness.ended(member.process))
    if (ended.length === 0) return
    for (const [node, { version }] of ended) {
      const key = `lease/${node}`
      const result = await store
        .transact({ checks: [{ key, version }], writes: [{ key, value: undefined }] })
        .catch((error) => log.debug({ error, node }, 'A lease could not be ended; it will be.'))
      // Otherwise its last renewal came only now, or somebody was quicker: the next look tells.
      if (result?.ok) this.#observed.delete(node)
    }
    this.update()
    buried()
  }

  async #sweep(): Promise<void> {
    const { store, clock } = this.#options
    for (const [node, { version, changedMs }] of this.#observed) {
      if (clock.now() < changedMs + leaseSweepMs) continue
      const key = `lease/${node}`
      await store.transact({ checks: [{ key, version }], writes: [{ key, value: undefined }] })
    }
  }
}

function isAsWas(former: Member, now: Member | undefined): boolean {
  return now !== undefined && now.id === former.id && tellsSame(former, now)
}
