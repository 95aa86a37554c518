import type { Clock, Log, Random, Store } from '../ports/index.ts'
import type { MessageKind } from './message.ts'

/** `kind/name/key`, e.g. `actor/hero/ada`, `room/plaza/x7f3`, `world/frontier/main`. */
export type Address = string

/** One process's (or one thread's, or one simulated machine's) membership in the cluster. */
export interface ClusterNode {
  readonly id: string
  /** New at every start of the node: tells a restarted node from its former self. */
  readonly incarnation: string
  readonly clock: Clock
  readonly random: Random
  readonly store: Store
  readonly log: Log

  /** Registers the handler of a message kind; at most one per kind. */
  serve<I, O>(kind: MessageKind<I, O>, handler: (from: string, input: I) => O | Promise<O>): void
  /** Sends without an answer. To itself: the handler runs before `post` returns. */
  post<I>(to: string, kind: MessageKind<I, undefined>, input: I): void
  /**
   * Sends and waits for the answer.
   * @throws RealmError as thrown by the other side; `DEADLINE` after `timeoutMs` (default 10,000):
   * outcome unknown.
   */
  request<I, O>(to: string, kind: MessageKind<I, O>, input: I, timeoutMs?: number): Promise<O>

  /**
   * The node where the address is (or should become) active: the owner by the directory if it
   * lives, otherwise the node chosen by rendezvous hashing over the live nodes.
   */
  locate(address: Address): Promise<string>
  /** Forgets a cached answer of `locate` that turned out to be stale. */
  forget(address: Address): void
  /**
   * Makes this node the owner, by compare-and-set on the ownership record.
   * @throws RealmError `NOT_OWNER` naming the living owner.
   */
  claim(address: Address): Promise<Ownership>
  /**
   * Gives ownership up, so that any node may claim at once; `ended` also deletes the record for
   * good.
   */
  release(ownership: Ownership, ended: boolean): Promise<void>
  /** Whether the ownership still stands in the store: asked after a time without a lease. */
  holds(ownership: Ownership): Promise<boolean>
  /** Ids of the nodes whose lease is alive, ascending; this node included. */
  members(): readonly string[]
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
  /** The check that makes a transaction fail once somebody else has claimed the address. */
  readonly fence: { readonly key: string; readonly version: number }
}
