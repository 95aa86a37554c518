/** Structured logging. Fields must hold no secret (no token, no ticket, no password). */
export interface Log {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
  /** A log that adds `fields` to each line. */
  child(fields: object): Log
}
