import { RealmError } from '../errors/index.ts'
import type { Transfer } from '../ports/index.ts'
import { Joined } from '../protocol/index.ts'
import { encode, Tracked } from '../schema/index.ts'
import { readActorBlob, writeActorBlob } from './actor-blob.ts'
import { type AnySelf, makeSelf } from './actor-self.ts'
import type {
  ActivationContext,
  Behaviour,
  CallMessage,
  HostMessage,
  Member,
  Player,
  Recorded,
} from './behaviour.ts'
import type { Access } from './block.ts'
import { type CallId, callIdOf, callIdText } from './call-id.ts'
import { CallMemory } from './call-memory.ts'
import { type AnyCall, answerOf, inputOf } from './call-values.ts'
import type { ActorPlan } from './define-actor.ts'
import type { Gathered } from './gathered.ts'
import { handlerError } from './handler-error.ts'
import { type Answer, bytesOf, Passed } from './passed.ts'
import { readPayload, sealPayload } from './reminder-payload.ts'
import { firingOf, type Reminder, Reminders, type ReminderTime } from './reminders.ts'
import type { GameScope } from './scope.ts'
import { Watchers } from './watchers.ts'

export function actorBehaviour(
  plan: ActorPlan,
  context: ActivationContext,
  scope: GameScope,
): Behaviour {
  return new ActorBehaviour(plan, context, scope)
}

/**
 * One active actor: each call is a transaction on its state, committed before anybody learns of it.
 */
class ActorBehaviour implements Behaviour {
  readonly #plan: ActorPlan
  readonly #context: ActivationContext
  readonly #scope: GameScope
  readonly #calls = new CallMemory()
  readonly #reminders: Reminders
  readonly #watchers: Watchers
  readonly #self: AnySelf
  #tracked: Tracked<object>
  #caller: Player | undefined
  /** Whether a transaction gathers at present. */
  #gathers = false
  #gathered: Gathered | undefined
  /** Whether the state had changes of its own before the transaction. */
  #leaked = false
  /** Of the call or firing under way: what its transfers are named by. */
  #cause: CallId | undefined
  /** Whether there is anything in the store, or should be. */
  #stored = false

  constructor(plan: ActorPlan, context: ActivationContext, scope: GameScope) {
    this.#plan = plan
    this.#context = context
    this.#scope = scope
    this.#tracked = new Tracked<object>(plan.state)
    this.#reminders = new Reminders(context.address)
    this.#watchers = new Watchers(context.clock, (delivery) => context.deliver(delivery))
    this.#self = makeSelf(context, scope, {
      state: () => this.#tracked.state,
      caller: () => this.#caller,
      emit: (event, payload) => this.#emit(event, payload),
      remind: (name, time, payload) => this.#remind(name, time, payload),
      forget: (name, key) => this.#reminders.forget(name, key),
      reminder: (name, key) => this.#reminders.find(name, key),
      stage: (transfer) => this.#stage(transfer),
      keepSent: (sent) => {
        const gathered = this.#gather('Something was sent')
        gathered.outgoing ??= []
        gathered.outgoing.push(sent)
      },
    })
  }

  async start(blob: Uint8Array | undefined): Promise<void> {
    const { plan, schemas } = { plan: this.#plan, schemas: this.#scope.schemas }
    // Kept before any blob of this schema is, so that whatever is stored can always be read again.
    await schemas.remember(plan.descriptor)
    for (const { descriptor } of plan.reminders) await schemas.remember(descriptor)
    if (blob !== undefined) {
      const records = { calls: this.#calls, reminders: this.#reminders }
      const snapshot = await readActorBlob(plan, schemas, records, blob, this.#context.clock.now())
      this.#tracked = new Tracked<object>(plan.state, snapshot.state)
      this.#stored = true
      for (const member of snapshot.watchers) this.#watchers.add(member)
    }
    if (plan.start !== undefined) await this.#transact(undefined, () => this.#runStart())
  }

  receive(message: HostMessage): Answer | Promise<Answer> {
    switch (message.op) {
      case 'call':
        return this.#call(message)
      case 'join':
        return this.#join(message.member)
      case 'leave':
        this.#watchers.remove(message.session)
        return undefined
      case 'resync': {
        const member = this.#watchers.ofSession(message.session)
        if (member === undefined) throw new RealmError('UNKNOWN_CHANNEL')
        this.#watchers.sendFull(member, this.#tracked)
        return undefined
      }
      case 'wake':
        return this.#wake(message.reminder)
      case 'command':
        throw new RealmError('UNKNOWN_COMMAND')
      default:
        return undefined
    }
  }

  freeze(): Uint8Array | undefined {
    const refused = this.#calls.hasRefused(this.#context.clock.now())
    if (!this.#stored && this.#watchers.size === 0 && !refused) return undefined
    return this.#blob(true)
  }

  stop(): void {
    this.#gathers = false
    this.#gathered = undefined
  }

  idle(): boolean {
    return this.#watchers.size === 0
  }

  nextWake(): { wallMs: number; reminder: string } | undefined {
    const { next } = this.#reminders
    return next && { wallMs: next.tryMs, reminder: firingOf(next) }
  }

  members(): Iterable<Member> {
    return this.#watchers.members()
  }

  // ── calls ───────────────────────────────────────────────────────────────────────────────

  #call(message: CallMessage): Answer | Promise<Answer> {
    const entry = this.#plan.calls[message.method]
    if (entry === undefined) throw new RealmError('UNKNOWN_METHOD')
    this.#assertAccess(this.#plan.access[message.method] ?? 'server', message.caller)
    const recorded = this.#calls.recall(message, this.#context.clock)
    if (recorded !== undefined) return recorded
    const input = inputOf(entry, message.input)
    const passed = message.input instanceof Passed
    this.#caller = message.caller
    this.#cause = message.callId
    // As `#transact`, for what there is most of, without a closure for each.
    this.#begin()
    let answer: Answer | Promise<Answer>
    try {
      answer = this.#runCall(entry, input, passed)
    } catch (error) {
      return this.#undo(error)
    }
    return this.#settle(message.callId, answer)
  }

  #assertAccess(access: Access, player: Player | undefined): void {
    // Game code may call everything; players only what was opened to them.
    if (player === undefined || access === 'anyone') return
    if (access === 'owner' && player.id === this.#context.key) return
    throw new RealmError('ACCESS_DENIED')
  }

  #runCall(
    { name, call }: AnyCall,
    input: Record<string, unknown>,
    passed: boolean,
  ): Answer | Promise<Answer> {
    const output: unknown = call.run(this.#self, input)
    if (output instanceof Promise)
      return output.then((value) => answerOf(call, name, value, passed))
    return answerOf(call, name, output, passed)
  }

  #runStart(): undefined | Promise<undefined> {
    const started: unknown = this.#plan.start?.(this.#self as never)
    return started instanceof Promise ? started.then(() => undefined) : undefined
  }

  // ── reminders ───────────────────────────────────────────────────────────────────────────

  async #wake(firing: string): Promise<undefined> {
    const reminder = this.#reminders.due(firing, this.#context.clock.wallMs())
    if (reminder === undefined) return
    this.#cause = callIdOf(firing)
    try {
      await this.#fire(reminder)
    } catch (error) {
      // What the handler did is undone; that it failed is kept, or it would fail for ever at once.
      const now = this.#context.clock.wallMs()
      await this.#transact(undefined, () => this.#reminders.postpone(reminder, now) as undefined)
      throw error
    }
  }

  async #fire(reminder: Reminder): Promise<void> {
    const spec = this.#plan.reminders.find(({ name }) => name === reminder.name)
    // Another edition of the game, older or newer, may know it: it is kept and tried again.
    if (spec === undefined) throw new RealmError('REMINDER_UNKNOWN', reminder.name)
    const payload = await readPayload(spec, this.#scope.schemas, reminder.payload)
    await this.#transact(undefined, () => {
      const firing = this.#reminders.advance(reminder, this.#context.clock.wallMs())
      const done: unknown = spec.run(this.#self as never, payload as never, firing)
      return done instanceof Promise ? done.then(() => undefined) : undefined
    })
  }

  #remind(name: string, time: ReminderTime, payload: object): void {
    const spec = this.#plan.reminders.find((one) => one.name === name)
    if (spec === undefined) throw new RealmError('REMINDER_UNKNOWN', name)
    const { clock, random } = this.#context
    this.#reminders.set(name, time, sealPayload(spec, payload), random.id(), clock.wallMs())
  }

  // ── transactions ────────────────────────────────────────────────────────────────────────

  /** Runs game code so that all of its changes are kept, or none. */
  #transact<A extends Answer>(
    callId: CallId | undefined,
    run: () => A | Promise<A>,
  ): A | Promise<A> {
    this.#begin()
    let answer: A | Promise<A>
    try {
      answer = run()
    } catch (error) {
      return this.#undo(error)
    }
    return this.#settle(callId, answer)
  }

  #begin(): void {
    // Code that was not awaited may have changed the state after its transaction: that stays.
    this.#leaked = this.#tracked.dirty
    this.#tracked.begin()
    this.#reminders.begin()
    this.#gathers = true
  }

  #settle<A extends Answer>(callId: CallId | undefined, answer: A | Promise<A>): A | Promise<A> {
    if (!(answer instanceof Promise)) return this.#finish(callId, answer)
    return answer.then(
      (value) => this.#finish(callId, value),
      (error) => this.#undo(error),
    )
  }

  /** @throws RealmError what the caller learns of it */
  #undo(error: unknown): never {
    this.#tracked.rollback()
    this.#reminders.rollback()
    if (!this.#leaked) this.#tracked.clearDirty()
    const { log, address, clock } = this.#context
    const refusal = handlerError(error, log, { address })
    if (this.#cause !== undefined) this.#calls.refused(this.#cause, refusal, clock.now())
    this.#end()
    throw refusal
  }

  #finish<A extends Answer>(callId: CallId | undefined, answer: A): A | Promise<A> {
    const gathered = this.#gathered
    if (gathered?.transfers === undefined) return this.#keep(callId, answer)
    // What comes while the ledger is asked comes too late.
    this.#gathers = false
    return this.#keepWith(gathered, callId, answer).catch((error) => this.#undo(error))
  }

  #end(): void {
    this.#gathers = false
    this.#gathered = undefined
    this.#caller = undefined
    this.#cause = undefined
  }

  /** The transaction succeeded: commits what changed and tells the watchers, in this order. */
  #keep<A extends Answer>(callId: CallId | undefined, answer: A): A {
    const tracked = this.#tracked
    tracked.commit()
    const reminded = this.#reminders.changed
    const writes = this.#reminders.writes()
    this.#reminders.commit()
    const gathered = this.#gathered
    this.#end()
    const told = gathered?.events && this.#watchers.record(gathered.events, this.#context)
    if (tracked.dirty || reminded || told !== undefined) {
      this.#record(callId, answer)
      this.#stored = true
      // A refused commit ends the activation and fails what waits for it; nothing is left to do
      // here.
      this.#context.stage(this.#blob(), writes)
    }
    this.#tell(told, gathered?.outgoing)
    return answer
  }

  #record(callId: CallId | undefined, answer: Answer): void {
    const bytes = bytesOf(answer)
    if (callId === undefined || bytes === undefined) return
    this.#calls.answered(callId, bytes, this.#context.clock.now())
  }

  /**
   * As `keep` where the ledger has a say: the turn goes on until it has spoken, so that nothing
   * ever stands on what it may refuse. What was staged in earlier turns is durable by then.
   */
  async #keepWith<A extends Answer>(
    { transfers = [], events, outgoing }: Gathered,
    callId: CallId | undefined,
    answer: A,
  ): Promise<A> {
    this.#record(callId, answer)
    const writes = this.#reminders.writes()
    this.#stored = true
    const told = events && this.#watchers.record(events, this.#context)
    try {
      await this.#context.commit(this.#blob(), [], { writes, transfers })
    } catch (error) {
      told?.undo()
      if (callId !== undefined) this.#calls.takeBack(callId)
      throw error
    }
    this.#tracked.commit()
    this.#reminders.commit()
    this.#end()
    this.#tell(told, outgoing)
    return answer
  }

  /** State that led to an event reaches the client first. */
  #tell(told: Recorded | undefined, outgoing: Gathered['outgoing']): void {
    if (this.#tracked.dirty) {
      this.#watchers.sendDelta(this.#tracked)
      this.#tracked.clearDirty()
    }
    told?.tell()
    if (outgoing === undefined) return
    const nowMs = this.#context.clock.now()
    for (const sent of outgoing) sent.leave(nowMs)
  }

  #stage(transfer: (name: string) => Transfer): void {
    const gathered = this.#gather('A transfer was made')
    this.#cause ??= callIdOf(this.#context.random.id())
    gathered.transfers ??= []
    const { transfers } = gathered
    transfers.push(transfer(`${callIdText(this.#cause)}/${transfers.length + 1}`))
  }

  #blob(frozen = false): Uint8Array {
    const records = { calls: this.#calls, reminders: this.#reminders }
    const how = { nowMs: this.#context.clock.now(), frozen }
    return writeActorBlob(this.#plan, this.#tracked, records, this.#watchers, how)
  }

  // ── watchers ────────────────────────────────────────────────────────────────────────────

  #join(member: Member): Uint8Array {
    this.#assertAccess(this.#plan.watch, member.player)
    this.#watchers.add(member)
    this.#watchers.sendFull(member, this.#tracked)
    return encode(Joined, { key: this.#context.key, me: 0 })
  }

  #emit(event: string, payload: object): void {
    const number = this.#plan.events.findIndex(({ name }) => name === event)
    const spec = this.#plan.events[number]
    if (spec === undefined) throw new RealmError('UNKNOWN_EVENT', event)
    const bytes = encode(spec.payload, spec.payload.check(payload, event))
    const gathered = this.#gather('An event was emitted')
    gathered.events ??= []
    gathered.events.push(this.#watchers.eventOf(number, bytes))
  }

  /** @throws RealmError `HANDLER_FAILED` where it comes too late */
  #gather(what: string): Gathered {
    if (!this.#gathers) {
      throw new RealmError('HANDLER_FAILED', `${what} after its handler had ended.`)
    }
    this.#gathered ??= { transfers: undefined, events: undefined, outgoing: undefined }
    return this.#gathered
  }
}
