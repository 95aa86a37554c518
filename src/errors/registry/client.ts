import type { ErrorEntry } from './entry.ts'

/** What the client library reports by itself. */
export const clientErrors = {
  CONNECT_FAILED: {
    status: 503,
    retry: true,
    message: 'The server could not be reached.',
    next: 'Check the address and that the server runs; an open page tries again by itself.',
  },
  REALM_CLOSED: {
    status: 410,
    retry: false,
    message: 'The connection to the game was closed.',
    next: 'Connect again.',
  },
  SESSION_LOST: {
    status: 410,
    retry: false,
    message: 'The session is over, and a ticket serves only once.',
    next: 'Connect with a new ticket, or pass a function that fetches one.',
  },
  OUTCOME_UNKNOWN: {
    status: 503,
    retry: true,
    message: 'The answer was lost; whether the call took effect is unknown.',
    next: 'Ask for the state before trying again.',
  },
  COMMANDS_LOST: {
    status: 503,
    retry: true,
    message: 'The session, or what it was in, was lost before all commands were confirmed.',
    next: 'They are not sent again, for they may have taken effect: look at the next state.',
  },
  UPLINK_FULL: {
    status: 503,
    retry: true,
    message: 'Too much is waiting to be sent; this was not.',
    next: 'Send less while `realm.status` is not connected.',
  },
  LISTENER_FAILED: {
    status: 500,
    retry: false,
    message: 'A listener of the game threw.',
    next: 'Look at the cause of the error.',
  },
} as const satisfies Record<string, ErrorEntry>
