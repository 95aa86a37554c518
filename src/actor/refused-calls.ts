import { RealmError } from '../errors/index.ts'

/** A call may be under way for so long; see the recorded answers. */
const rememberedMs = 30_000
const rememberedMax = 1_024

/**
 * What the last refused calls were told. A refusal is an answer, too: of a call that was sent twice
 * because its first way seemed lost, the second copy must not succeed after the first was refused
 * and its caller told so. Kept for 30 to 60 s while the activation lives, and in no blob.
 */
export class RefusedCalls {
  #recent = new Map<string, RealmError>()
  #former = new Map<string, RealmError>()
  #sinceMs = Number.NEGATIVE_INFINITY

  find(callId: string): RealmError | undefined {
    if (this.#recent.size === 0 && this.#former.size === 0) return undefined
    return this.#recent.get(callId) ?? this.#former.get(callId)
  }

  /**
   * Remembers what is final; where trying again may help, a copy may try as well.
   * @param nowMs by a clock that never goes back
   */
  add(callId: string, error: unknown, nowMs: number): void {
    if (!(error instanceof RealmError) || error.retry) return
    if (nowMs >= this.#sinceMs + rememberedMs || this.#recent.size >= rememberedMax) {
      this.#former = nowMs >= this.#sinceMs + 2 * rememberedMs ? new Map() : this.#recent
      this.#recent = new Map()
      this.#sinceMs = nowMs
    }
    this.#recent.set(callId, error)
  }
}
