import type { ErrorEntry } from './entry.ts'

/** What can be wrong with a value or its bytes. */
export const schemaErrors = {
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
} as const satisfies Record<string, ErrorEntry>
