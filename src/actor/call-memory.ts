import { type ErrorCode, errorRegistry, RealmError } from '../errors/index.ts'
import type { Clock } from '../ports/index.ts'
import type { Reader, Writer } from '../schema/index.ts'
import type { CallMessage } from './behaviour.ts'
import { type CallId, callIdText } from './call-id.ts'
import { Recent } from './recent.ts'
import { RecordedAnswers } from './recorded-answers.ts'

const refusalsMax = 1_024
const sessionsMax = 8_192
const idUnitsMax = 256
const codeUnitsMax = 64
const detailUnitsMax = 512
/** What was forgotten so long ago is of no call that may still be under way. */
const forgottenMsMax = 120_000

/**
 * What an actor remembers of the calls it was asked for, so that none acts twice, and no call of a
 * session after a later one of the same session.
 *
 * While it is active, and where it moves, that is: answers and refusals of the last half minute,
 * and the last call of each session. Of a life that ended without a word the store has only the
 * newest answers. A copy of a call that may have been answered beyond them is refused: its outcome
 * is unknown.
 */
export class CallMemory {
  readonly #answers = new RecordedAnswers()
  /**
   * A refusal is an answer, too: of a call that was sent twice because its first way seemed lost,
   * the second copy must not succeed after the first was refused and its caller told so.
   */
  readonly #refusals = new Recent<RealmError>(refusalsMax)
  /** By session of a client, the number of its last call. */
  readonly #last = new Recent<number>(sessionsMax)
  /** Until then refusals, and answers of a former life, may have been given that are forgotten. */
  #forgotMs = Number.NEGATIVE_INFINITY

  /**
   * To be asked before a call acts.
   * @returns what it was answered; undefined where it may act
   * @throws RealmError what it was refused with; `OUTCOME_UNKNOWN` where it comes after a later one
   * of its session, or may have acted without a trace
   */
  recall({ callId, caller, firstMs }: CallMessage, clock: Clock): Uint8Array | undefined {
    const answer = this.#answers.find(callId)
    if (answer !== undefined) return answer
    const refusal = this.#refusals.isEmpty ? undefined : this.#refusals.get(callIdText(callId))
    if (refusal !== undefined) throw refusal
    // Those of other actors and services have no order of their own.
    const isInOrder = caller !== undefined && callId.number >= 0
    const last = isInOrder ? this.#last.get(callId.series) : undefined
    if (firstMs !== undefined && (last === undefined || callId.number <= last)) {
      this.#assertRemembered(firstMs)
    }
    if (!isInOrder) return undefined
    if (last !== undefined && callId.number < last) {
      throw new RealmError('OUTCOME_UNKNOWN', 'A later call of its session came first.')
    }
    this.#last.set(callId.series, callId.number, clock.now())
    return undefined
  }

  #assertRemembered(firstMs: number): void {
    const forgotMs = Math.max(this.#forgotMs, this.#answers.forgotMs, this.#refusals.forgotMs)
    if (firstMs <= forgotMs) {
      throw new RealmError('OUTCOME_UNKNOWN', 'It may have acted without being remembered.')
    }
  }

  answered(callId: CallId, answer: Uint8Array, nowMs: number): void {
    this.#answers.add(callId, answer, nowMs)
  }

  /** Takes back the answer added last: what it answers was refused. */
  takeBack(callId: CallId): void {
    this.#answers.removeLast(callId)
  }

  /** Remembers what is final; where trying again may help, a copy may try as well. */
  refused(callId: CallId, error: unknown, nowMs: number): void {
    if (!(error instanceof RealmError) || error.retry) return
    this.#refusals.set(callIdText(callId), error, nowMs)
  }

  /** Whether callers were refused of late, which nothing in the store tells. */
  hasRefused(nowMs: number): boolean {
    return this.#refusals.all(nowMs).size > 0
  }

  /** @param all for who goes on elsewhere from here; otherwise what every commit keeps */
  write(writer: Writer, nowMs: number, all: boolean): void {
    const { forgotMs, keptForgotMs } = this.#answers
    const newest = all ? Math.max(forgotMs, this.#refusals.forgotMs) : keptForgotMs
    const agoMs = Math.floor(nowMs - Math.max(this.#forgotMs, newest))
    writer.varint(agoMs > forgottenMsMax ? 0 : agoMs + 1)
    this.#answers.write(writer, all)
    if (!all) return
    const refusals = this.#refusals.all(nowMs)
    writer.varint(refusals.size)
    for (const [callId, { code, detail }] of refusals) {
      writer.text(callId)
      writer.text(code)
      writer.text(detail.slice(0, detailUnitsMax))
    }
    const last = this.#last.all(nowMs)
    writer.varint(last.size)
    for (const [session, number] of last) {
      writer.text(session)
      writer.varint(number)
    }
  }

  /** @param isFormer as blobs had answers when each came with its id as a text */
  read(reader: Reader, nowMs: number, all: boolean, isFormer = false): void {
    const ago = reader.varint()
    if (ago > 0) this.#forgotMs = nowMs - (ago - 1)
    if (isFormer) this.readAnswers(reader, nowMs)
    else this.#noteLast(this.#answers.read(reader, nowMs), nowMs)
    if (all) this.#readRest(reader, nowMs)
  }

  #readRest(reader: Reader, nowMs: number): void {
    for (let left = reader.varint(); left > 0; left -= 1) {
      const callId = reader.text(idUnitsMax)
      const code = reader.text(codeUnitsMax)
      const detail = reader.text(detailUnitsMax)
      const known = Object.hasOwn(errorRegistry, code) ? (code as ErrorCode) : 'HANDLER_FAILED'
      this.#refusals.set(callId, new RealmError(known, detail), nowMs)
    }
    for (let left = reader.varint(); left > 0; left -= 1) {
      this.#last.set(reader.text(idUnitsMax), reader.varint(), nowMs)
    }
  }

  /** As blobs had them before they told what is forgotten. */
  readAnswers(reader: Reader, nowMs: number): void {
    this.#noteLast(this.#answers.readFormer(reader, nowMs), nowMs)
  }

  /** Calls of clients are named by their session and a number that grows. */
  #noteLast(callIds: readonly CallId[], nowMs: number): void {
    for (const { series, number } of callIds) {
      if (number >= 0) this.#last.set(series, number, nowMs)
    }
  }
}
