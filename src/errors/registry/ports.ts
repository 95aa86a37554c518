import type { ErrorEntry } from './entry.ts'

/** What bus, store and listeners report. */
export const portsErrors = {
  NODE_DUPLICATE: {
    status: 409,
    retry: true,
    message: 'A node of this name is already on the bus.',
    next: 'Give every node its own name, or wait until the earlier one has left.',
  },
  PORT_IN_USE: {
    status: 500,
    retry: true,
    message: 'The port is in use by another program.',
    next: 'Stop the other program, or choose another port (0 takes any free one).',
  },
  PORT_FORBIDDEN: {
    status: 500,
    retry: false,
    message: 'This user may not listen on the port.',
    next: 'Choose a port above 1023, or grant the right to bind low ports.',
  },
  ADDRESS_UNAVAILABLE: {
    status: 500,
    retry: false,
    message: 'The host name or address to listen on is not one of this machine.',
    next: 'Listen on 0.0.0.0, 127.0.0.1 or an address that this machine has.',
  },
  STORE_LOCKED: {
    status: 503,
    retry: true,
    message: 'Another process holds the store open.',
    next: 'Stop the other process; an embedded store belongs to one process at a time.',
  },
  STORE_CORRUPT: {
    status: 500,
    retry: false,
    message: 'The store file is damaged or not a store of Realmkit; it was left as it is.',
    next: 'Restore the file from a backup, or start with another file.',
  },
  STORE_VERSION: {
    status: 500,
    retry: false,
    message: 'The store was written by a newer version of Realmkit.',
    next: 'Run the version that wrote it, or a newer one.',
  },
  STORE_UNAVAILABLE: {
    status: 503,
    retry: true,
    message: 'The store could not be reached or written; the outcome may be unknown.',
    next: 'Check free space, permissions and the connection; read before trying again.',
  },
  STORE_BUSY: {
    status: 503,
    retry: true,
    message: 'Too many transactions are waiting for the store; this one was not begun.',
    next: 'Try again later, commit less often, or raise `pendingTransactionsMax`.',
  },
  STORE_LIMIT: {
    status: 400,
    retry: false,
    message: 'A key, a value or a transaction is outside the limits of the store.',
    next: 'Keys hold 1 to 512 bytes of UTF-8 without NUL, values at most 16 MiB.',
  },
  LEDGER_FUNDS: {
    status: 409,
    retry: false,
    message: 'The account has too little for this transfer; nothing was moved.',
    next: 'Show the balance, ask for less, or let the account earn more first.',
  },
  LEDGER_OVERFLOW: {
    status: 409,
    retry: false,
    message: 'The transfer would make a balance too large to be exact; nothing was moved.',
    next: 'Keep balances within 2^53 − 1: count in a larger unit, or spread over accounts.',
  },
  LEDGER_ITEM: {
    status: 409,
    retry: false,
    message: 'The item does not belong to the account it was to come from; nothing was moved.',
    next: 'Read who has the item now; an issuer makes an item under an id never used before.',
  },
  LEDGER_CONFLICT: {
    status: 409,
    retry: false,
    message: 'The id of the transfer already stands for a different one; nothing was moved.',
    next: 'Give each transfer an id of its own, and repeat one only with the same content.',
  },
  LEDGER_REPEATED: {
    status: 409,
    retry: false,
    message: 'The transfer was already made, with the changes that belonged to it.',
    next: 'Take it as done, or give a new transfer a new id.',
  },
  LEDGER_MALFORMED: {
    status: 400,
    retry: false,
    message: 'A transfer, an account, an asset or an item is not what the ledger takes.',
    next: 'Amounts are whole numbers from 1 on; ids and accounts are texts of 1 to 128 bytes.',
  },
  CONNECTIONS_FULL: {
    status: 503,
    retry: true,
    message: 'This gate holds as many connections as it may.',
    next: 'Try again later, add gates, or raise `connectionsMax`.',
  },
  CONNECTIONS_PER_ADDRESS: {
    status: 429,
    retry: true,
    message: 'Too many connections come from this address.',
    next: 'Close some, or raise `connectionsPerAddressMax`.',
  },
  SOCKET_EXPECTED: {
    status: 426,
    retry: false,
    message: 'This path speaks WebSocket only.',
    next: 'Connect with a WebSocket, or call another path.',
  },
  HTTP_NOT_FOUND: {
    status: 404,
    retry: false,
    message: 'There is nothing at this path.',
    next: 'Check the path; sockets are opened at /realm.',
  },
  HTTP_MALFORMED: {
    status: 400,
    retry: false,
    message: 'The bytes are not a request that this server understands.',
    next: 'Check that the client speaks HTTP/1.1 and, at /realm, WebSocket version 13.',
  },
  HTTP_TIMEOUT: {
    status: 408,
    retry: true,
    message: 'The request did not arrive in time.',
    next: 'Send the whole request at once, or raise `handshakeTimeoutMs`.',
  },
  HTTP_HEADERS_TOO_LARGE: {
    status: 431,
    retry: false,
    message: 'The headers of the request are too large.',
    next: 'Send fewer or shorter headers (cookies count).',
  },
  HTTP_BODY_TOO_LARGE: {
    status: 413,
    retry: false,
    message: 'The body of the request is too large.',
    next: 'Send less, or raise `bodyBytesMax`.',
  },
} as const satisfies Record<string, ErrorEntry>
