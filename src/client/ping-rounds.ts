import { pingsSparedMax, pingsUnansweredMax } from './session-limits.ts'

/** Which of the regular pings are sent, and when so many had no answer that nobody is there. */
export class PingRounds {
  #unanswered = 0
  #spared = 0

  heard(): void {
    this.#unanswered = 0
  }

  /** @param settled whether one more pong would tell little of the round trip */
  next(settled: boolean): 'ping' | 'spare' | 'silent' {
    // Where so much comes that the server is surely there, a pong is only wanted for its time.
    if (this.#unanswered === 0 && settled && this.#spared < pingsSparedMax) {
      this.#spared += 1
      this.#unanswered = 1
      return 'spare'
    }
    this.#spared = 0
    return this.#unanswered++ >= pingsUnansweredMax ? 'silent' : 'ping'
  }
}
