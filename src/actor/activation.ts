import type { Address, Ownership } from '../cluster/index.ts'
import { type ErrorCode, RealmError } from '../errors/index.ts'
import type { Fill } from '../ports/index.ts'
import { ActivationLink } from './activation-link.ts'
import type { ActivationOptions } from './activation-options.ts'
import type { Behaviour, Figures, Member } from './behaviour.ts'
import { deleteState, OutputCommit, stateKey } from './commit.ts'
import type { Waits } from './deadlock.ts'
import type { EventLog } from './event-log.ts'
import { eventsKey, eventWrites, noEvents, openEventLog, recordsEvents } from './event-record.ts'
import type { Code } from './game.ts'
import { knownErrors } from './known-errors.ts'
import { begunNotice, leftNotice } from './notices.ts'
import type { Entry } from './sending.ts'
import { Suspension } from './suspension.ts'
import { Turns } from './turns.ts'
import { WakeTimer } from './wake-timer.ts'

/** It stays awake for a reminder that is due within this. */
const wakefulMs = 5000

/**
 * The one life of an address at this node: claim → start → turns → freeze → commit → release.
 * Whatever game code does in it, nobody else is harmed.
 */
export class Activation {
  readonly address: Address
  /** Settles when the behaviour has started; rejects where it could not. */
  readonly started: Promise<void>
  /** Resolves when the address is free for another activation. */
  readonly gone: Promise<void>
  readonly #options: ActivationOptions
  readonly #turns: Turns
  readonly #wakeTimer: WakeTimer
  #isGone: () => void = () => {}
  #leaving = false
  #code: Code
  #behaviour: Behaviour | undefined
  #ownership: Ownership | undefined
  #outputs: OutputCommit | undefined
  #events: EventLog | undefined
  #link: ActivationLink | undefined
  readonly #suspension: Suspension
  readonly #known: (error: unknown, what: string) => RealmError
  /** Settles when other code has taken over, or has not. */
  #swapping: Promise<RealmError | undefined> | undefined
  /** Whether it got a message since it was last asked if it is idle. */
  #needed = false
  #lastNeededMs: number

  constructor(options: ActivationOptions) {
    this.#options = options
    const { address, node, log, limits, code } = options
    this.address = address
    this.#code = code
    this.#known = knownErrors(log, address)
    this.#lastNeededMs = node.clock.now()
    this.#suspension = new Suspension(node, () => options.suspended(this))
    const { mayAct } = this.#suspension
    const [{ mailboxMessagesMax }, { clock }] = [limits, node]
    const ended = (crashed: boolean): void => {
      this.#wakeTimer.arm()
      options.ended(this, crashed)
    }
    this.#turns = new Turns({ address, clock, log, mailboxMessagesMax, mayAct, ended })
    this.#wakeTimer = new WakeTimer({
      clock,
      next: () => (this.#leaving ? undefined : this.#behaviour?.nextWake?.()),
      wake: (reminder) => this.#wake(reminder),
    })
    this.gone = new Promise((resolve) => {
      this.#isGone = resolve
    })
    this.started = this.#start()
    // Those who sent a message are told; nobody need await `started`.
    this.started.catch(() => {})
  }

  /** Of its owner, 0 while it is not known. */
  get epoch(): number {
    return this.#ownership?.epoch ?? 0
  }

  /** Those who are in it, where it has started. */
  members(): Iterable<Member> {
    return this.#behaviour?.members?.() ?? []
  }

  /** Whether messages must wait until it is gone. */
  get leaving(): boolean {
    return this.#leaving
  }

  /** Whether it is to end by itself rather than to move, where there is time. */
  get finishes(): boolean {
    return this.#behaviour?.finishes?.() === true
  }

  get figures(): Figures {
    return this.#behaviour?.figures?.() ?? {}
  }

  /** Whether nobody would miss it if it slept now. */
  get needless(): boolean {
    return !this.#turns.active && this.#behaviour?.idle?.() === true
  }

  /** What it waits for, and what waits for it. */
  get waits(): Waits {
    return this.#turns
  }

  get messagesWaiting(): number {
    return this.#turns.messagesWaiting
  }

  fills(): Fill[] {
    const [{ address }, { mailboxMessagesMax: max }] = [this, this.#options.limits]
    const size = this.messagesWaiting
    const mailbox = { limit: 'mailboxMessagesMax', of: address, size, max }
    return [mailbox, ...(this.#events?.fills(address) ?? [])]
  }

  get active(): boolean {
    return this.#turns.active
  }

  /** Takes a message; it is answered once its effects are durable. */
  take(entry: Entry, nowMs: number): void {
    if (this.#leaving) return void entry.reject(new RealmError('NOT_OWNER'))
    this.#needed = true
    this.#turns.take(entry, nowMs)
    if (this.#turns.active) this.#options.busy(this)
  }

  #wake(reminder: string): Promise<unknown> {
    const { limits, busy, node } = this.#options
    const nowMs = node.clock.now()
    const deadlineMs = nowMs + limits.messageTimeoutMs
    const message = { op: 'wake', reminder } as const
    return new Promise((answer, reject) => {
      const edition = this.#code.game
      const entry = { message, edition, chain: [], deadlineMs, awaited: true, answer, reject }
      this.#turns.take(entry, nowMs)
      if (this.#turns.active) busy(this)
    })
  }

  // ── beginning ───────────────────────────────────────────────────────────────────────────

  async #start(): Promise<void> {
    const { node, address } = this.#options
    let failure: RealmError | undefined
    try {
      this.#ownership = await node.claim(address)
      const reads = [stateKey(address), eventsKey(address)].map((key) => node.store.read(key))
      const [stored, told] = await Promise.all(reads)
      this.#outputs = new OutputCommit({
        store: node.store,
        clock: node.clock,
        address,
        fence: this.#ownership.fence,
        stateVersion: stored?.version ?? 0,
        mayAct: this.#suspension.mayAct,
        refused: (error) => void this.abort(error),
      })
      this.#events = openEventLog(this.#ownership, node, told?.value)
      failure = await this.#startBehaviour(this.#code, stored?.value)
      if (told && !recordsEvents(address)) this.#outputs.stage(undefined, noEvents(address))
      if (failure !== undefined && !failure.retry) this.#options.unstartable(this)
    } catch (error) {
      failure = this.#known(error, 'It could not be owned.')
    }
    if (failure !== undefined) {
      await this.abort(failure)
      throw failure
    }
    this.#open()
  }

  /** @returns what kept it from starting. */
  async #startBehaviour(code: Code, blob: Uint8Array | undefined): Promise<RealmError | undefined> {
    const { node, address, log, limits, outward, scopeFor, losses } = this.#options
    const ownership = this.#ownership as Ownership
    const link = new ActivationLink({
      ...{ address, ownership, node, log, outward, losses },
      outputs: this.#outputs as OutputCommit,
      events: this.#events as EventLog,
      callDepthMax: limits.callDepthMax,
      messageTimeoutMs: limits.messageTimeoutMs,
      mayAct: this.#suspension.mayAct,
      end: () => this.#atRest(() => void this.#part('ended')),
    })
    this.#link = link
    this.#code = code
    try {
      this.#behaviour = code.behave(link.context, scopeFor(link))
      await this.#behaviour.start(blob)
    } catch (error) {
      this.#stopBehaviour()
      return this.#known(error, 'It could not be started.')
    }
    // Ownership may have been lost meanwhile: what was started late must not live on.
    if (this.#leaving) this.#stopBehaviour()
    return undefined
  }

  #open(): void {
    const [behaviour, link, outputs] = [this.#behaviour, this.#link, this.#outputs]
    if (this.#leaving || !behaviour || !link || !outputs) return
    // They may have missed what was last told before a move or a crash.
    link.context.deliver(begunNotice([...this.members()]))
    this.#turns.open({ behaviour, link, outputs, edition: this.#code.game })
    this.#wakeTimer.arm()
  }

  // ── other code ──────────────────────────────────────────────────────────────────────────

  /**
   * Goes on with other code: mailbox and outputs are kept, the state is handed over as a blob.
   * @returns what kept the new code from starting; the old one goes on then.
   */
  async replace(code: Code): Promise<RealmError | undefined> {
    if (await this.#neverStarted()) return undefined
    return new Promise((resolve) => {
      this.#atRest(() => {
        if (this.#leaving) return resolve(undefined)
        this.#swapping = this.#swap(code).finally(() => {
          this.#swapping = undefined
        })
        resolve(this.#swapping)
      })
    })
  }

  /** Between two turns, and never while code that has not started yet holds nothing to keep. */
  #atRest(rested: () => void): void {
    this.#turns.atRest(() => {
      if (this.#swapping === undefined) rested()
      else void this.#swapping.then(() => this.#atRest(rested))
    })
  }

  async #swap(code: Code): Promise<RealmError | undefined> {
    this.#turns.close()
    const former = this.#code
    let blob: Uint8Array | undefined
    try {
      blob = this.#behaviour?.freeze()
    } catch (error) {
      this.#open()
      return this.#known(error, 'It could not be frozen for its new code.')
    }
    this.#stopBehaviour()
    const failure = await this.#startBehaviour(code, blob)
    if (failure !== undefined && !this.#leaving) {
      const again = await this.#startBehaviour(former, blob)
      if (again !== undefined) await this.abort(again)
    }
    this.#open()
    return failure
  }

  // ── end ─────────────────────────────────────────────────────────────────────────────────

  /** Freezes, commits, releases, after the turn under way. @returns its members' sessions */
  async sleep(): Promise<string[]> {
    if (await this.#neverStarted()) return []
    return new Promise((resolve) => {
      this.#atRest(() => {
        const sessions = [...this.members()].map(({ session }) => session)
        void this.#part('asleep').then(() => resolve(sessions))
      })
    })
  }

  /** As `sleep`; the members are told first that they have left, and why. */
  async evict(code: ErrorCode): Promise<boolean> {
    if (await this.#neverStarted()) return true
    return new Promise((resolve) => {
      this.#atRest(() => {
        this.#link?.context.deliver(leftNotice([...this.members()], code))
        resolve(this.#part('asleep'))
      })
    })
  }

  /** As `sleep`; who waits is told `why`, since it is not to be woken by them. */
  async park(why: RealmError): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#atRest(() => void this.#part('asleep', why).then(() => resolve()))
    })
  }

  /** Ends without keeping anything beyond the last commit; everybody who waits is told why. */
  async abort(error: RealmError): Promise<void> {
    if (this.#leaving) return
    this.#leaving = true
    const members = [...this.members()]
    this.#stopBehaviour()
    this.#outputs?.fail(error)
    this.#turns.fail(error)
    if (error.code !== 'FENCED') await this.#release()
    this.#leave(members)
  }

  async #part(how: 'asleep' | 'ended', waiting = new RealmError('NOT_OWNER')): Promise<boolean> {
    if (this.#leaving) return true
    this.#leaving = true
    this.#turns.close()
    const outputs = this.#outputs as OutputCommit
    const members = [...this.members()]
    let kept = true
    try {
      const blob = how === 'asleep' ? this.#behaviour?.freeze() : undefined
      this.#stopBehaviour()
      if (blob === undefined) await outputs.settled()
      else await outputs.commit(blob, [], { writes: eventWrites(this.address, this.#events) })
      if (how === 'ended') await deleteState(this.#options.node.store, this.#ownership as Ownership)
    } catch (error) {
      kept = false
      this.#stopBehaviour()
      outputs.fail(this.#known(error, 'Its last state could not be kept.'))
    }
    // Whoever wrote meanwhile learns that the message was not read and sends it to the next
    // activation.
    this.#turns.fail(waiting)
    await this.#release()
    this.#leave(kept ? [] : members)
    return kept
  }

  /**
   * The record of ownership goes too, or one would stay for every key that ever was. No fence can
   * mistake the next one for it: versions are never given again.
   */
  async #release(): Promise<void> {
    if (this.#ownership === undefined) return
    const { node, log } = this.#options
    await node.release(this.#ownership).catch((error) => {
      log.warn({ error, address: this.address }, 'It could not be released; its lease covers it.')
    })
  }

  /** @param unkept whoever owns the address next may not know of them, so their gates must ask */
  #leave(unkept: readonly Member[]): void {
    this.#options.left(this)
    this.#isGone()
    for (const { gate } of unkept) this.#options.losses.note(gate, this.address)
  }

  #stopBehaviour(): void {
    const behaviour = this.#behaviour
    this.#behaviour = undefined
    this.#wakeTimer.cancel()
    try {
      behaviour?.stop()
    } catch (error) {
      this.#known(error, 'It could not be stopped cleanly.')
    }
    this.#link?.cut()
  }

  #neverStarted(): Promise<boolean> {
    return this.started.then(
      () => false,
      () => true,
    )
  }

  // ── watch ───────────────────────────────────────────────────────────────────────────────

  /** Tells those whose deadline has passed, and gives up a turn that never ends. */
  sweep(now: number): void {
    const turnMs = this.#turns.sweep(now)
    if (turnMs > this.#options.limits.turnMsMax) {
      this.#options.log.error({ address: this.address, turnMs }, 'A handler never ended.')
      void this.abort(new RealmError('HANDLER_FAILED', 'It took too long.'))
    }
  }

  /** Whether nobody has needed it for `idleMs`, as far as it was asked that often. */
  isIdle(now: number): boolean {
    if (this.#turns.active || this.#needed) {
      this.#needed = false
      this.#lastNeededMs = now
      return false
    }
    if (this.#leaving || this.#outputs?.pending !== false) return false
    if (now - this.#lastNeededMs < this.#options.limits.idleMs) return false
    const next = this.#behaviour?.nextWake?.()
    if (next && next.wallMs < this.#options.node.clock.wallMs() + wakefulMs) return false
    return this.#behaviour?.idle?.() === true
  }

  /** Says nothing more to the outside until `revalidate`. */
  suspend(): void {
    this.#suspension.begin()
  }

  /** The lease is back: goes on where the ownership still stands, ends where it does not. */
  async revalidate(): Promise<void> {
    const stands = await this.#suspension.lift(this.#ownership)
    if (stands === true) this.#outputs?.drain()
    if (stands !== false) return
    await this.abort(new RealmError('FENCED'))
    this.#outputs?.fail(new RealmError('FENCED'))
  }
}
