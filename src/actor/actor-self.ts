import { RealmError } from '../errors/index.ts'
import type { Log } from '../ports/index.ts'
import type { Fields, InferFields } from '../schema/index.ts'
import type { ActivationContext, Player } from './behaviour.ts'
import { type ActorLedger, actorLedger, type Purse, type StageTransfer } from './ledger-desk.ts'
import type { Reminder, ReminderTime } from './reminders.ts'
import type { ActorHandle, ActorSender, GameScope, KeepSent } from './scope.ts'
import type { EventShapes } from './shape.ts'

/** An actor as its handlers see it. */
export interface ActorSelf<
  S extends Fields,
  E extends EventShapes,
  R extends EventShapes = Record<never, never>,
> {
  readonly key: string
  /** Changes are kept when the handler returns, and undone when it throws. */
  readonly state: InferFields<S>
  /** The player behind the call; undefined for another actor or the server itself. */
  readonly caller: Player | undefined
  /** Sends an event to all watchers, once the call's changes are durable. */
  emit<K extends keyof E & string>(event: K, payload: InferFields<E[K]>): void
  /** The typed handle of another actor. */
  actor<D extends object>(definition: D, key: string): ActorHandle<D>
  /**
   * The same to send it what needs no answer. It leaves once this handler has succeeded and
   * its changes are durable; a call made before that overtakes it. It may be lost where the other
   * actor's node dies.
   */
  send<D extends object>(definition: D, key: string): ActorSender<D>
  /**
   * Sets a reminder, kept with the changes of this handler: its handler in `reminders` runs when it
   * is due, once, also if the actor sleeps or its node died meanwhile. One of the same name and key
   * is replaced. At most 256 of an actor wait at a time; a payload has at most 4,096 bytes.
   * @throws RealmError `REMINDER_INVALID`, `REMINDERS_FULL`
   */
  remind<K extends keyof R & string>(name: K, time: ReminderTime, payload: InferFields<R[K]>): void
  /** @returns whether there was one. */
  forgetReminder(name: keyof R & string, key?: string): boolean
  /** When it is due next, in ms since 1970; undefined where there is none. */
  reminderAt(name: keyof R & string, key?: string): number | undefined
  /**
   * Transfers made by this handler, kept together with its changes or not at all; and the books.
   */
  readonly ledger: ActorLedger
  /** This actor's own account, and with an asset what it has of that. */
  account(): string
  account(asset: string): Purse
  /** Milliseconds since 1970. */
  now(): number
  /** Uniform, 0 ≤ x < 1. */
  random(): number
  readonly log: Log
}

export type AnySelf = ActorSelf<Fields, EventShapes, EventShapes>

/** What a behaviour lends to its `self`. */
export interface SelfParts {
  state(): object
  caller(): Player | undefined
  emit(event: string, payload: object): void
  remind(name: string, time: ReminderTime, payload: object): void
  forget(name: string, key: string): boolean
  reminder(name: string, key: string): Reminder | undefined
  readonly stage: StageTransfer
  readonly keepSent: KeepSent
}

export function makeSelf(context: ActivationContext, scope: GameScope, parts: SelfParts): AnySelf {
  const { address, ledger: books } = context
  if (books === undefined) throw new RealmError('INTERNAL', 'An actor was activated without books.')
  function account(): string
  function account(asset: string): Purse
  function account(asset?: string): string | Purse {
    return asset === undefined ? address : { account: address, asset }
  }
  return {
    key: context.key,
    get state() {
      return parts.state() as never
    },
    get caller() {
      return parts.caller()
    },
    emit: parts.emit,
    actor: (definition, key) => scope.actor(definition, key),
    send: (definition, key) => scope.send(definition, key, parts.keepSent),
    remind: parts.remind,
    forgetReminder: (name, key = '') => parts.forget(name, key),
    reminderAt: (name, key = '') => parts.reminder(name, key)?.dueMs,
    ledger: actorLedger(books, parts.stage),
    account,
    now: () => context.clock.wallMs(),
    random: () => context.random.float(),
    log: context.log,
  }
}
