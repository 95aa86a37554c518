/** What the registry tells of an error. */
export interface ErrorEntry {
  /** HTTP status of the answer, 400–599. */
  readonly status: number
  /** WebSocket close code (4000–4999) where the error ends the connection. */
  readonly close?: number
  /** Whether the same request may succeed later. */
  readonly retry: boolean
  /** One sentence: what is wrong. A detail may follow it. */
  readonly message: string
  /** One sentence: what to do next. Shown in `docs/errors.md` and by the command line. */
  readonly next: string
}
