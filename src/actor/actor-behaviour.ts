import { RealmError } from '../errors/index.ts'
import { Joined } from '../protocol/index.ts'
import { decode, encode, type Fields, Tracked } from '../schema/index.ts'
import { readActorBlob, writeActorBlob } from './actor-blob.ts'
import type { ActivationContext, Behaviour, HostMessage, Member, Player } from './behaviour.ts'
import type { Access } from './block.ts'
import type { ActorPlan, ActorSelf } from './define-actor.ts'
import { handlerError } from './handler-error.ts'
import { RecordedAnswers } from './recorded-answers.ts'
import type { GameScope } from './scope.ts'
import type { EventShapes } from './shape.ts'
import { Watchers } from './watchers.ts'

type CallMessage = Extract<HostMessage, { op: 'call' }>
type AnyCall = ActorPlan['calls'][number]
type Outgoing = { readonly event: number; readonly payload: Uint8Array }

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
  readonly #answers = new RecordedAnswers()
  readonly #watchers: Watchers
  readonly #self: ActorSelf<Fields, EventShapes>
  #tracked: Tracked<object>
  #caller: Player | undefined
  /** Events of the transaction under way; undefined between transactions. */
  #events: Outgoing[] | undefined
  /** Whether there is anything in the store, or should be. */
  #stored = false

  constructor(plan: ActorPlan, context: ActivationContext, scope: GameScope) {
    this.#plan = plan
    this.#context = context
    this.#scope = scope
    this.#tracked = new Tracked<object>(plan.state)
    this.#watchers = new Watchers((delivery) => context.deliver(delivery))
    this.#self = this.#makeSelf()
  }

  async start(blob: Uint8Array | undefined): Promise<void> {
    // Kept before any blob of this schema is, so that whatever is stored can always be read again.
    await this.#scope.schemas.remember(this.#plan.descriptor)
    if (blob !== undefined) {
      const snapshot = await readActorBlob(this.#plan, this.#scope.schemas, this.#answers, blob)
      this.#tracked = new Tracked<object>(this.#plan.state, snapshot.state)
      this.#stored = true
      for (const member of snapshot.watchers) this.#watchers.add(member)
    }
    if (this.#plan.start !== undefined) await this.#transact(undefined, () => this.#runStart())
    // They may have missed what was last sent before a move or a crash.
    for (const member of this.#watchers.members()) this.#watchers.sendFull(member, this.#tracked)
  }

  receive(message: HostMessage): Uint8Array | undefined | Promise<Uint8Array | undefined> {
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
        if (member !== undefined) this.#watchers.sendFull(member, this.#tracked)
        return undefined
      }
      case 'command':
        throw new RealmError('UNKNOWN_COMMAND')
      default:
        return undefined
    }
  }

  freeze(): Uint8Array | undefined {
    if (!this.#stored && this.#watchers.size === 0) return undefined
    return this.#blob()
  }

  stop(): void {
    this.#events = undefined
  }

  idle(): boolean {
    return this.#watchers.size === 0
  }

  members(): Iterable<Member> {
    return this.#watchers.members()
  }

  // ── calls ───────────────────────────────────────────────────────────────────────────────

  #call(message: CallMessage): Uint8Array | Promise<Uint8Array | undefined> | undefined {
    const entry = this.#plan.calls[message.method]
    if (entry === undefined) throw new RealmError('UNKNOWN_METHOD')
    this.#assertAccess(this.#plan.access[message.method] ?? 'server', message.caller)
    const recorded = this.#answers.find(message.callId)
    if (recorded !== undefined) return recorded
    const input = decode(entry.call.input, message.input)
    this.#caller = message.caller
    return this.#transact(message.callId, () => this.#runCall(entry, input))
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
  ): Uint8Array | Promise<Uint8Array> {
    // A handler whose answer has no fields may return nothing.
    const answerOf = (output: unknown): Uint8Array =>
      encode(call.output, call.output.check(output ?? {}, name))
    const output: unknown = call.run(this.#self, input)
    return output instanceof Promise ? output.then(answerOf) : answerOf(output)
  }

  #runStart(): undefined | Promise<undefined> {
    const started: unknown = this.#plan.start?.(this.#self as never)
    return started instanceof Promise ? started.then(() => undefined) : undefined
  }

  /** Runs game code so that all of its changes are kept, or none. */
  #transact<A extends Uint8Array | undefined>(
    callId: string | undefined,
    run: () => A | Promise<A>,
  ): A | Promise<A> {
    const tracked = this.#tracked
    // Code that was not awaited may have changed the state after its transaction: those changes
    // stay.
    const leaked = tracked.dirty
    tracked.begin()
    this.#events = []
    const failed = (error: unknown): never => {
      tracked.rollback()
      if (!leaked) tracked.clearDirty()
      this.#events = undefined
      this.#caller = undefined
      throw handlerError(error, this.#context.log, { address: this.#context.address })
    }
    let answer: A | Promise<A>
    try {
      answer = run()
    } catch (error) {
      return failed(error)
    }
    if (answer instanceof Promise) {
      return answer.then((value) => this.#keep(callId, value), failed)
    }
    return this.#keep(callId, answer)
  }

  /** The transaction succeeded: commits what changed and tells the watchers, in this order. */
  #keep<A extends Uint8Array | undefined>(callId: string | undefined, answer: A): A {
    const tracked = this.#tracked
    tracked.commit()
    const events = this.#events ?? []
    this.#events = undefined
    this.#caller = undefined
    if (tracked.dirty) {
      if (callId !== undefined && answer !== undefined) this.#answers.add(callId, answer)
      this.#stored = true
      // A refused commit ends the activation and fails what waits for it; nothing is left to do
      // here.
      this.#context.commit(this.#blob()).catch(() => {})
      this.#watchers.sendDelta(tracked)
      tracked.clearDirty()
    }
    for (const { event, payload } of events) this.#watchers.sendEvent(event, payload)
    return answer
  }

  #blob(): Uint8Array {
    const watchers = new Map<string, Member>()
    for (const member of this.#watchers.members()) watchers.set(member.session, member)
    return writeActorBlob(this.#plan, this.#tracked, this.#answers, watchers)
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
    if (this.#events === undefined) {
      throw new RealmError('HANDLER_FAILED', 'An event was emitted after its handler had ended.')
    }
    const bytes = encode(spec.payload, spec.payload.check(payload, event))
    this.#events.push({ event: number, payload: bytes })
  }

  #makeSelf(): ActorSelf<Fields, EventShapes> {
    const context = this.#context
    const state = (): object => this.#tracked.state
    const caller = (): Player | undefined => this.#caller
    return {
      key: context.key,
      get state() {
        return state() as never
      },
      get caller() {
        return caller()
      },
      emit: (event, payload) => this.#emit(event, payload),
      actor: (definition, key) => this.#scope.actor(definition, key),
      now: () => context.clock.wallMs(),
      random: () => context.random.float(),
      log: context.log,
    }
  }
}
