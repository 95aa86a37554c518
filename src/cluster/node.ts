import type { Clock, Fill, Log, Random, Store } from '../ports/index.ts'
import type { Announcement, Member, MemberEvent, Role } from './member.ts'
import type { MessageKind } from './message.ts'
import type { PeerStatus } from './peer.ts'

/** `kind/name/key`, e.g. `actor/hero/ada`, `room/plaza/x7f3`, `world/frontier/main`. */
export type Address = string

/** One process's (or one thread's, or one simulated machine's) membership in the cluster. */
export interface ClusterNode {
  readonly id: string
  /** New at every start of the node: tells a restarted node from its former self. */
  readonly incarnation: string
  readonly roles: readonly Role[]
  readonly clock: Clock
  readonly random: Random
  readonly store: Store
  readonly log: Log

  /** Registers the handler of a message kind; at most one per kind. */
  serve<I, O>(kind: MessageKind<I, O>, handler: (from: string, input: I) => O | Promise<O>): void
  /**
   * Sends without an answer. To itself: the handler runs before `post` returns. To another node it
   * arrives once and in order, unless the link to that life of it breaks; a loose kind may be
   * lost.
   * @throws RealmError `BUS_BUSY` where that node is too far behind; never for a loose kind
   */
  post<I>(to: string, kind: MessageKind<I, undefined>, input: I): void
  /**
   * Sends and waits for the answer.
   * @throws RealmError as thrown by the other side; `NODE_LOST` as soon as the link to that life
   * of the node is broken, `DEADLINE` after `timeoutMs` (default 10,000): outcome unknown.
   * `BUS_BUSY` where the node is too far behind: not sent.
   */
  request<I, O>(to: string, kind: MessageKind<I, O>, input: I, timeoutMs?: number): Promise<O>

  /**
   * The node where the address is (or should become) active: the owner by the directory if it
   * lives, otherwise the node chosen by rendezvous hashing over the live nodes.
   */
  locate(address: Address): Promise<string>
  /**
   * Forgets a cached answer of `locate` that turned out to be stale.
   * @param because the error that told so; where it names the owner, the store need not be read
   */
  forget(address: Address, because?: unknown): void
  /**
   * The member where something new belongs: by key for actors, the least loaded for rooms, worlds
   * and (as `gate/…`) connections.
   * @throws RealmError `NODE_MISSING` where none has the role
   */
  place(address: Address): Member
  /**
   * Makes this node the owner, by compare-and-set on the ownership record.
   * @throws RealmError `NOT_OWNER` naming the living owner, or a better place where this node has
   * not the role for it.
   */
  claim(address: Address): Promise<Ownership>
  /** Gives ownership up, so that any node may claim at once; no record of it stays. */
  release(ownership: Ownership): Promise<void>
  /** Whether the ownership still stands in the store: asked after a time without a lease. */
  holds(ownership: Ownership): Promise<boolean>
  /** Ids of the nodes whose lease is alive, ascending; this node included. */
  members(): readonly string[]
  /** The same with what each tells of itself. */
  view(): readonly Member[]
  /** Tells of those who join, change and leave from now on. @returns what ends it */
  watchMembers(watcher: (event: MemberEvent) => void): () => void
  /**
   * Tells the others something new of this node, with the next renewal.
   * @throws RealmError `SCHEMA_LIMIT` where it is too long
   */
  announce(told: Partial<Pick<Announcement, 'version' | 'url'>>): void
  /**
   * How the load of a role is measured at each renewal; by itself it is the number of addresses
   * owned that the role is for.
   */
  measure(role: Role, load: () => number): void
  /**
   * Told with a node's id whenever a link to a life of it breaks: what was posted either way since
   * may not have arrived, and is not sent again. @returns what ends it
   */
  watchLinks(watcher: (node: string) => void): () => void
  /** How far this node has come with those it deals with. */
  peers(): readonly PeerStatus[]
  /** How full all is that is bounded here. */
  fills(): Fill[]
  /**
   * Marks an address that must always be active, even if nobody sends it anything; nothing where
   * the store is exclusive.
   */
  keep(address: Address): Promise<void>
  unkeep(address: Address): Promise<void>
  /** Who activates an address here when the center asks for it; at most one. */
  onActivate(handler: (address: Address) => Promise<void>): void
  /**
   * False once this node may no longer act as an owner (its lease ended by its own clock, margin
   * deducted).
   */
  leaseAlive(): boolean
  /** Tells the others to place nothing new here: the first step of a graceful stop. */
  drain(): Promise<void>
  close(): Promise<void>
}

/** This node owns `address` in `epoch`; every commit carries `fence`. */
export interface Ownership {
  readonly address: Address
  readonly epoch: number
  /**
   * The check that makes a transaction fail once somebody else has claimed the address. Its version
   * is the epoch, or a later one after a time without a lease.
   */
  readonly fence: { readonly key: string; version: number }
}
