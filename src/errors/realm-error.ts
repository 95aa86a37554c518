import { type ErrorCode, errorRegistry } from './registry/index.ts'

/**
 * The one error class of Realmkit. Its `code` is stable: clients, logs and `docs/errors.md` speak
 * of it.
 *
 * `detail` is shown to whoever caused the error, so it must never hold a secret or another player's
 * data.
 */
export class RealmError extends Error {
  readonly code: ErrorCode
  readonly detail: string

  constructor(code: ErrorCode, detail = '', options?: { cause?: unknown }) {
    const { message } = errorRegistry[code]
    super(detail === '' ? message : `${message} ${detail}`, options)
    this.name = 'RealmError'
    this.code = code
    this.detail = detail
  }

  /** Whether the same request may succeed when it is sent again later. */
  get retry(): boolean {
    return errorRegistry[this.code].retry
  }

  /** The HTTP status with which this error is answered, 400–599. */
  get status(): number {
    return errorRegistry[this.code].status
  }
}

/** Turns anything that was thrown into a registered error; what is not one becomes `INTERNAL`. */
export function toRealmError(thrown: unknown, fallback: ErrorCode = 'INTERNAL'): RealmError {
  if (thrown instanceof RealmError) return thrown
  return new RealmError(fallback, '', { cause: thrown })
}
