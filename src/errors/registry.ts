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

/**
 * Every error Realmkit can answer with. Codes are stable: never rename or reuse one.
 * `docs/errors.md` is generated from this table and a test pins the two together.
 */
export const errorRegistry = {
  // ── schema ──────────────────────────────────────────────────────────────────────────────
  SCHEMA_INVALID: {
    status: 400,
    retry: false,
    message: 'A value does not fit its schema.',
    next: 'Compare the value at the named path with the type declared in the game file.',
  },
  SCHEMA_TRUNCATED: {
    status: 400,
    retry: false,
    message: 'The bytes end before the value does.',
    next: 'Send the whole value; check that client and server use the same schema.',
  },
  SCHEMA_LIMIT: {
    status: 400,
    retry: false,
    message: 'A value is larger than its declared limit.',
    next: 'Send less, or raise the limit (`max`) in the game file.',
  },
  SCHEMA_MALFORMED: {
    status: 400,
    retry: false,
    message: 'The bytes are not a value of the expected type.',
    next: 'Check that client and server use the same schema.',
  },
  SCHEMA_MIGRATION: {
    status: 500,
    retry: false,
    message: 'A stored value cannot be brought to the current schema.',
    next: 'Add a migration step for the named version to the definition.',
  },
  // ── protocol, gate ──────────────────────────────────────────────────────────────────────
  PROTOCOL_GARBAGE: {
    status: 400,
    close: 4400,
    retry: false,
    message: 'The bytes are not a message of the Realmkit protocol.',
    next: 'Use a Realmkit client of the same protocol version.',
  },
  // ── everything else ─────────────────────────────────────────────────────────────────────
  INTERNAL: {
    status: 500,
    retry: true,
    message: 'Something went wrong on the server.',
    next: 'Look into the server log for the cause; nothing of the failed request was kept.',
  },
} as const satisfies Record<string, ErrorEntry>

/** The stable code of a registered error. */
export type ErrorCode = keyof typeof errorRegistry
