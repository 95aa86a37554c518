import type { Address } from '../cluster/index.ts'
import type { Clock, Ledger, Log, Random, Transfer, Write } from '../ports/index.ts'
import type { CallId } from './call-id.ts'
import type { Answer, CallInput } from './passed.ts'
import type { StreamParts } from './stream-parts.ts'

/** Who is behind a session or a call. */
export interface Player {
  /** Stable across sessions; [0-9a-zA-Z_-]{1,64}. */
  readonly id: string
  /** Display name as chosen at login; may be shared by others. */
  readonly name: string
}

/** One session's place in an activation: what the activation needs to reach the client. */
export interface Member {
  /**
   * Which stay of which session: a session that leaves and joins again is another. Everything that
   * gate and activation tell each other of a member goes by it.
   */
  readonly session: string
  /** Id of the node whose gate holds the socket. */
  readonly gate: string
  readonly player: Player
}

/**
 * One of an address's events: those of a later owner come after those of a former one. Numbers
 * count from 1 for each owner.
 */
export interface EventMark {
  readonly epoch: number
  readonly number: number
}

/** What a client has that was in already, when its session goes on at another gate. */
export interface Again extends EventMark {
  /** The last command it sent: those up to it mean nothing to another seat. */
  readonly sequence: number
}

/** What reaches an activation through its mailbox, one at a time. */
export type HostMessage =
  /**
   * A call with an answer. `caller` is the player behind it, undefined for another actor or the
   * server itself.
   */
  | {
      readonly op: 'call'
      readonly method: number
      readonly input: CallInput
      readonly caller: Player | undefined
      /** Unique per call; the same id again must not act again. */
      readonly callId: CallId
      /**
       * Where a copy of it may have come before: a time by the clock of this node before which none
       * was sent. Left out of what is sent for the first time.
       */
      readonly firstMs?: number | undefined
    }
  /**
   * Enter or watch; answered by an encoded `Joined`. The same player again replaces its former
   * session. With `seen` the client was in already, and has the events up to that one: those after
   * it are told again.
   */
  | {
      readonly op: 'join'
      readonly member: Member
      readonly options: Uint8Array
      readonly seen?: Again | undefined
    }
  | { readonly op: 'leave'; readonly session: string }
  /** A command; refused by throwing a RealmError, which the client receives as `fail`. */
  | {
      readonly op: 'command'
      readonly session: string
      readonly command: number
      readonly sequence: number
      readonly input: Uint8Array
    }
  /** Commands to a world, as its gate has gathered them from its members. */
  | { readonly op: 'commands'; readonly batch: CommandBatch }
  /** The client's socket was lost (`false`) or resumed (`true`) while its session lives on. */
  | { readonly op: 'connection'; readonly session: string; readonly connected: boolean }
  /**
   * Time for a reminder: `reminder` names one that is due. Empty it only sees to it that the actor
   * is active, which watches its reminders itself.
   */
  | { readonly op: 'wake'; readonly reminder: string }
  /**
   * The client missed something that is not kept: send it the full state again. With `since`, what
   * its gate was told may be lost too: the member's events after `seen` are told again.
   */
  | {
      readonly op: 'resync'
      readonly session: string
      readonly since?: { readonly member: Member; readonly seen: EventMark } | undefined
    }
  /** A client had something else of a world than the world has: what, in words. */
  | { readonly op: 'desync'; readonly session: string; readonly report: string }
  /**
   * A gate's interest in tiles of a world. `keyframes` ⊇ `subscribe`: whole content wanted with the
   * next tick.
   */
  | {
      readonly op: 'tiles'
      readonly gate: string
      /** Counts the gate's requests; batches tell which was heeded last. Default 0. */
      readonly number?: number
      /** Whatever the gate was subscribed to before is to be forgotten first. Default false. */
      readonly anew?: boolean
      readonly subscribe: readonly number[]
      readonly unsubscribe: readonly number[]
      readonly keyframes: readonly number[]
      /** Whether it needs the slow rates too, a view being over its budget. Default false. */
      readonly slow?: boolean
    }

export type CallMessage = Extract<HostMessage, { op: 'call' }>

/**
 * What a kind of stateful thing implements: actor, room, world, matchmaker. The host gives it a
 * mailbox, an epoch, a fence, and a life: start → receive… → freeze → stop. It must not act outside
 * of `receive` and its own timers, and must stop using the context once `stop` was called.
 */
export interface Behaviour {
  /** `blob` is what `freeze` or the last checkpoint returned, in whatever version it was stored. */
  start(blob: Uint8Array | undefined): void | Promise<void>
  /**
   * Runs in mailbox order, the next after this one has settled. There is an answer for `call` and
   * `join`; it may be passed as it is where the input was.
   */
  receive(message: HostMessage): Answer | Promise<Answer>
  /**
   * Everything needed to go on elsewhere or later, members included; undefined where nothing is to
   * be kept.
   */
  freeze(): Uint8Array | undefined
  /** Ends timers. Nothing is called afterwards. */
  stop(): void
  /**
   * Whether nobody would miss it if it slept: the host then freezes, commits and releases it after
   * `idleMs` without messages. Where this is left out it never sleeps by itself.
   */
  idle?(): boolean
  /** Whether it rather ends by itself than moves when its node is emptied. */
  finishes?(): boolean
  /** What it measures and counts, by name; where it ticks, among them `tickP99Ms`. */
  figures?(): Figures
  /**
   * What it wants to be woken for next, by the wall clock; asked after every turn. The host then
   * sends `wake` with the name.
   */
  nextWake?(): { readonly wallMs: number; readonly reminder: string } | undefined
  /**
   * Those who see it, or did before it came here: they are told of its beginning, and of its end
   * where the host ends it from outside.
   */
  members?(): Iterable<Member>
}

/** Numbers by name: some count since the activation began, others tell how it is now. */
export type Figures = Readonly<Record<string, number>>

/** What a behaviour may ask of its host. */
export interface ActivationContext {
  readonly address: Address
  readonly key: string
  readonly epoch: number
  /** Its timers end with the activation, at the latest. */
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /**
   * Sends to members at their gates, in the order of the calls. It leaves only when every `commit`
   * called before it is durable (output commit), so what a turn tells comes after the turn's
   * `commit` in the code. The answer of a `receive` likewise waits for all commits called until it
   * settles.
   */
  deliver(delivery: Delivery): void
  /**
   * Has the next commit (or `stage`) of this turn keep events as well, so that they reach their
   * members even where this owner dies before they have arrived.
   */
  record(events: readonly Delivery[]): Recorded
  /**
   * Events are told to nobody and not kept, since nobody is there or will soon be back: who comes
   * back all the same is to learn that some are lost.
   * @returns undefined where the next commit has nothing new to keep of it
   */
  skip(): Recorded | undefined
  /** Hands one tick's tile streams and view changes to one gate. Never waits for a commit. */
  publish(gate: string, batch: TileBatch): void
  /**
   * Commits `blob` fenced by the epoch. Resolves when durable.
   * @throws RealmError `FENCED` where the activation has lost its ownership: it is stopped by the
   * host. `LEDGER_…` where a transfer of `more` was refused: nothing of this commit was kept, and
   * the behaviour must go back to what it was before, so it takes no message meanwhile.
   */
  commit(blob: Uint8Array, parts?: readonly Part[], more?: CommitMore): Promise<void>
  /**
   * Makes transfers, fenced by the epoch, without a commit of the state. What is delivered after
   * this call leaves only once they are durable or refused.
   * @throws RealmError `FENCED`, `LEDGER_…`
   */
  transfer(transfers: readonly Transfer[]): Promise<void>
  /** As `commit` without transfers, for who learns by what it delivers and answers after it. */
  stage(blob: Uint8Array, writes: readonly Write[]): void
  /** The books of the store; left out in tests of behaviours that do without. */
  readonly ledger?: Ledger | undefined
  /** The parts last committed, for `start`; e.g. the tiles of a world. */
  parts(): Promise<Part[]>
  /**
   * Calls another actor or internal behaviour, wherever it lives. Made during a `receive`, it
   * carries the chain of callers and is refused with `CALL_CYCLE` where it would wait for itself;
   * made from a timer of `clock`, it starts a chain of its own.
   */
  call(address: Address, method: number, input: Uint8Array): Promise<Uint8Array>
  /** Ends this activation for good and forgets its state (a room that emptied). */
  end(): void
}

/** Events that are to be told once they are kept. */
export interface Recorded {
  /** As `deliver`. */
  tell(): void
  /** The commit was refused: there were no such events. */
  undo(): void
}

/** What is committed in one transaction with the state. */
export interface CommitMore {
  /** Records beside the state, such as an index. */
  readonly writes?: readonly Write[]
  readonly transfers?: readonly Transfer[]
}

/**
 * A separately stored piece of an activation's state; `bytes` undefined deletes it. Names:
 * [0-9a-zA-Z_-]{1,64}.
 */
export interface Part {
  readonly name: string
  readonly bytes: Uint8Array | undefined
}

/** One numbered message for some members of an activation. */
export interface Delivery {
  /**
   * `fail`: a command of this member was refused. `begun`: another owner or other code begins, so
   * its gate asks for what it lacks. `resumed`: what its gate has left out is told again from here;
   * `caughtUp`: it was told up to here, but for what was for others or is lost.
   */
  readonly kind: 'full' | 'delta' | 'event' | 'left' | 'fail' | 'begun' | 'resumed' | 'caughtUp'
  readonly to: readonly Member[]
  /** Event number for `event`; 0 otherwise. */
  readonly event: number
  /** Whether an event is for whoever is a member, rather than for those alone. Default false. */
  readonly everyone?: boolean
  /** For `left`: the error code as UTF-8; for `fail` the code, a space and the detail. */
  readonly payload: Uint8Array
}

/** Commands in the order of their arrival; the lists have one entry for each. */
export interface CommandBatch {
  /** Id of the node whose gate it is. */
  readonly gate: string
  readonly sessions: readonly string[]
  readonly commands: readonly number[]
  readonly sequences: readonly number[]
  /** What each client showed when it sent: sixteenths of a tick, 0 where it did not say. */
  readonly seen: readonly number[]
  /** The inputs end to end, not yet checked; each ends where `ends` says. */
  readonly inputs: Uint8Array
  readonly ends: readonly number[]
}

/**
 * What a world hands to one gate each tick. A stream is a numbered sequence of deltas about some
 * entities: as many as the world has tiles are what everybody sees of a tile, the further ones are
 * for some audience, of some priority, or seen from everywhere.
 */
export interface TileBatch {
  readonly tick: number
  /**
   * Drawn at random whenever the world starts, restored or with new code: its streams begin anew
   * then, and what it tells by number has other numbers.
   */
  readonly incarnation: number
  /**
   * The number of the gate's last request that was heeded: what this tick tells of a tile that was
   * subscribed to with a later one belongs to a former subscription.
   */
  readonly answered: number
  /** What changed in this tick, of the streams on tiles this gate subscribes to. */
  readonly deltas: StreamParts
  /** Whether the two following are told: the gate asked for it, and the world knows. */
  readonly rates: boolean
  /**
   * The same at a quarter and a sixteenth of the rate, for gates that asked for it: who came and
   * left at once, all other changes since the stream's last flush at once with the next. A stream
   * is flushed in ticks that leave, divided by 4 (16), what the row of its tile leaves; row 0 is
   * that of everywhere.
   */
  readonly slow: StreamParts
  readonly crawl: StreamParts
  /** Whole streams. */
  readonly keyframes: StreamParts
  /** What clients can check their streams by, now and then. */
  readonly checksums: StreamSums
  /** Views that began or moved. The gate turns them into sets of tiles (`gate/interest.ts`). */
  readonly views: readonly ViewChange[]
  /** The last command applied, for each session whose count rose in this tick. */
  readonly acknowledged: readonly { readonly session: string; readonly sequence: number }[]
  /** Further streams on tiles of this gate that it was not told of; their keyframes come along. */
  readonly opened: readonly OpenedStream[]
  /** Further streams that ended. Their numbers are not used again for a while. */
  readonly closed: readonly number[]
  /** How hard the world finds it to keep up: 0 not at all … 3. */
  readonly pressure: number
}

/** The `checksum` of the content of streams as it is after this tick, by ascending stream. */
export interface StreamSums {
  readonly streams: Uint32Array
  readonly sums: Uint32Array
}

/** A stream beyond the public ones of tiles. */
export interface OpenedStream {
  readonly stream: number
  /** The number after the last tile: seen wherever one looks. */
  readonly tile: number
  /** Who may see it: 0 everyone. */
  readonly audience: number
  /** 0 high, 1 normal, 2 low: what is slowed last and first. */
  readonly priority: number
}

export interface ViewChange {
  readonly session: string
  readonly x: number
  readonly y: number
  /** 0 ends the view. */
  readonly radius: number
  /** The player's entity, 0 = none. */
  readonly me: number
  /** The audiences the player belongs to, besides everyone; left out where they are as before. */
  readonly audiences?: readonly number[]
}
