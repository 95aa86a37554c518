import type { Clock, Ledger, Log, Random, Transfer } from '../ports/index.ts'
import type { Fields, InferFields, TypeDescriptor } from '../schema/index.ts'
import type { Call } from './call.ts'

/**
 * What game code reaches beyond itself. The scope handed to `behave` belongs to one activation:
 * calls made through it carry that activation's chain of callers and wait for its earlier commits.
 * A service gets one without.
 */
export interface GameScope {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /**
   * The typed handle of an actor of this game: `scope.actor(hero, 'ada').levelUp({ cost: 50 })`.
   * @throws RealmError `ACTOR_UNKNOWN` where the definition has no place in the game,
   * `KEY_INVALID`.
   */
  actor<D extends object>(definition: D, key: string): ActorHandle<D>
  /**
   * As `actor` where nobody waits for the answer: `scope.send(hero, 'ada').cheer({ by: 'bob' })`.
   * What an activation sends leaves after what it has committed. What comes to nothing is logged;
   * it is lost where the other node dies.
   * @param keep gets what is to be sent and sends it later; left out, it is sent at once
   */
  send<D extends object>(definition: D, key: string, keep?: KeepSent): ActorSender<D>
  /** The books. */
  readonly ledger: Ledger
  /**
   * Makes a transfer on nobody's behalf, once per id; settles when it is durable.
   * @throws RealmError `LEDGER_…`, `STORE_UNAVAILABLE`
   */
  pay(transfer: Transfer): Promise<void>
  /** Keys of the block's things that have stored state, ascending, at most 10,000. */
  storedKeys(kind: string, name: string): Promise<string[]>
  /** Descriptors of stored state, so that a blob can be read after its schema has changed. */
  readonly schemas: Schemas
}

/** What is to be sent, when it may leave. */
export interface Sent {
  leave(nowMs: number): void
}

export type KeepSent = (sent: Sent) => void

/** Descriptors by `schemaHash`, kept in the store under `schema/<hash>`. */
export interface Schemas {
  /**
   * Stores the descriptor unless it is known to be stored. Await it before a blob of this schema is
   * committed.
   */
  remember(descriptor: TypeDescriptor): Promise<void>
  /** @returns undefined where no blob with this schema was ever stored. */
  find(hash: string): Promise<TypeDescriptor | undefined>
}

/** Anything that carries the static types of an actor's calls. */
export interface Callable<C> {
  readonly '~calls'?: C
}

type CallTable = Readonly<Record<string, Call<never, Fields, Fields>>>

type InputOf<C> = C extends { readonly input: { readonly fields: infer F extends Fields } }
  ? InferFields<F>
  : never
type OutputOf<C> = C extends { readonly output: { readonly fields: infer F extends Fields } }
  ? InferFields<F>
  : never

/** One function per call of the actor, wherever it lives. Each rejects with a `RealmError`. */
export type ActorHandle<D> =
  D extends Callable<infer C extends CallTable>
    ? { readonly [K in keyof C]: (input: InputOf<C[K]>) => Promise<OutputOf<C[K]>> }
    : never

/** As `ActorHandle`; nobody learns what becomes of what is told. */
export type ActorSender<D> =
  D extends Callable<infer C extends CallTable>
    ? { readonly [K in keyof C]: (input: InputOf<C[K]>) => void }
    : never
