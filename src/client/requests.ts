import { type ErrorCode, RealmError } from '../errors/index.ts'
import type { ClientClock, ClientTimer } from './host.ts'
import type { Kept } from './uplink.ts'

/** Something asked of the server, to be answered with the same id. */
export interface Request {
  readonly kind: 'call' | 'list' | 'join'
  /** Of a join; 0 otherwise. */
  readonly channel: number
  readonly timeoutMs: number
  /** The message for the present session and manifest; made anew where it must be sent again. */
  encode(id: number): Uint8Array
  /**
   * Where the server knows it again by its id within the session, and does not act twice: the
   * message, always of the same length, that tells how long ago it was first sent.
   */
  encodeAgain?(id: number): (agoMs: number) => Uint8Array
}

interface Pending extends Request {
  readonly resolve: (output: Uint8Array) => void
  readonly reject: (error: RealmError) => void
  readonly timer: ClientTimer
  readonly askedMs: number
  kept: Kept
  /** Whether a gate may have got it before the present one. */
  wasSent: boolean
}

const agoMsMax = 2 ** 32 - 1
/** What is sent again and meets one of these may have been taken by another gate before. */
const notTaken: readonly ErrorCode[] = ['RATE_LIMITED', 'CALLS_PENDING', 'UPLINK_FULL']

/** Requests under way: promises, deadlines, and what becomes of them when a session is lost. */
export class Requests {
  readonly #clock: ClientClock
  readonly #send: (message: Kept) => boolean
  readonly #pending = new Map<number, Pending>()
  #lastId = 0
  #closed: RealmError | undefined

  get pending(): number {
    return this.#pending.size
  }

  constructor(clock: ClientClock, send: (message: Kept) => boolean) {
    this.#clock = clock
    this.#send = send
  }

  /**
   * @throws RealmError what `encode` throws, `UPLINK_FULL`, `DEADLINE`, or what the server
   * answered
   */
  ask(request: Request): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      if (this.#closed !== undefined) throw this.#closed
      const id = ++this.#lastId
      const kept = keep(id, request)
      const timer = this.#clock.after(request.timeoutMs, () => {
        this.fail(id, new RealmError('DEADLINE'))
      })
      const askedMs = this.#clock.now()
      this.#pending.set(id, { ...request, resolve, reject, timer, askedMs, kept, wasSent: false })
      if (!this.#send(kept)) this.fail(id, new RealmError('UPLINK_FULL'))
    })
  }

  /** An answer to nothing is no fault: it may have come too late. */
  answer(id: number, output: Uint8Array): void {
    this.#settle(id)?.resolve(output)
  }

  fail(id: number, error: RealmError): void {
    const pending = this.#settle(id)
    const again = pending?.wasSent === true && notTaken.includes(error.code)
    pending?.reject(again ? new RealmError('OUTCOME_UNKNOWN', '', { cause: error }) : error)
  }

  /**
   * The session resumed, but `missed` answers are lost: whoever the server has acknowledged may
   * wait for one of them.
   */
  missed(unacknowledged: ReadonlySet<Kept>): void {
    for (const [id, { kept }] of [...this.#pending]) {
      if (!unacknowledged.has(kept)) this.fail(id, new RealmError('OUTCOME_UNKNOWN'))
    }
  }

  /**
   * A gate that knows nothing of them. Lists are asked again, calls only if no server can have seen
   * them or would act twice. Channels ask for their joins themselves.
   * @param same whether the session is the same
   */
  renew(same: boolean): void {
    for (const [id, pending] of [...this.#pending]) {
      if (pending.kind === 'join') {
        this.fail(id, new RealmError('OUTCOME_UNKNOWN'))
        continue
      }
      pending.wasSent ||= pending.kept.sent
      const { kind, wasSent, encodeAgain } = pending
      if (kind === 'list' || !wasSent) this.#again(id, pending, () => keep(id, pending))
      else if (same && encodeAgain !== undefined) {
        this.#again(id, pending, () => keepAgain(id, pending, encodeAgain(id), this.#clock))
      } else this.fail(id, new RealmError('OUTCOME_UNKNOWN'))
    }
  }

  /** Nothing will be answered any more. */
  close(error: RealmError): void {
    this.#closed = error
    for (const id of [...this.#pending.keys()]) this.fail(id, error)
  }

  #again(id: number, pending: Pending, keepAnew: () => Kept): void {
    try {
      pending.kept = keepAnew()
      if (!this.#send(pending.kept)) this.fail(id, new RealmError('UPLINK_FULL'))
    } catch (error) {
      this.fail(id, error instanceof RealmError ? error : new RealmError('OUTCOME_UNKNOWN'))
    }
  }

  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id)
    this.#pending.delete(id)
    pending?.timer.cancel()
    return pending
  }
}

function keep(id: number, request: Request): Kept {
  const { kind, channel } = request
  return { kind, id, channel, bytes: request.encode(id), sent: false }
}

/** How long ago it was asked for is told as it is when it is sent, which may be often. */
function keepAgain(
  id: number,
  { kind, channel, askedMs }: Pending,
  write: (agoMs: number) => Uint8Array,
  clock: ClientClock,
): Kept {
  return {
    ...{ kind, id, channel, sent: false },
    get bytes() {
      return write(Math.min(agoMsMax, Math.ceil(clock.now() - askedMs)))
    },
  }
}
