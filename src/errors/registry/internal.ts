import type { ErrorEntry } from './entry.ts'

/** What nobody foresaw. */
export const internalErrors = {
  INTERNAL: {
    status: 500,
    retry: true,
    message: 'Something went wrong on the server.',
    next: 'Look into the server log for the cause; nothing of the failed request was kept.',
  },
} as const satisfies Record<string, ErrorEntry>
