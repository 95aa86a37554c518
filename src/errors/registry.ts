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
  TEXT_FRAME: {
    status: 400,
    close: 4415,
    retry: false,
    message: 'A text message arrived; Realmkit speaks binary only.',
    next: 'Use a Realmkit client, or send binary WebSocket messages as docs/protocol.md says.',
  },
  FRAME_TOO_LARGE: {
    status: 413,
    close: 4413,
    retry: false,
    message: 'The message is larger than this server takes.',
    next: 'Send less at once, or raise `frameBytesMax`.',
  },
  PROTOCOL_VERSION: {
    status: 426,
    close: 4426,
    retry: false,
    message: 'Client and server speak different versions of the protocol.',
    next: 'Load the client again; it must come from the same version of Realmkit.',
  },
  HELLO_REQUIRED: {
    status: 401,
    close: 4402,
    retry: false,
    message: 'Something was sent before the client had logged in.',
    next: 'Send `hello` first and nothing more before `welcome` has arrived.',
  },
  HELLO_TIMEOUT: {
    status: 408,
    close: 4408,
    retry: true,
    message: 'The client did not say hello in time.',
    next: 'Connect again and send `hello` at once, or raise `helloTimeoutMs`.',
  },
  TICKET_INVALID: {
    status: 401,
    close: 4401,
    retry: false,
    message: 'The ticket is unknown, was used already or is too old.',
    next: 'Log in again at /realm/login: a ticket serves once, within 30 seconds.',
  },
  RESUME_INVALID: {
    status: 401,
    close: 4410,
    retry: false,
    message: 'The session is over, or the token does not belong to it.',
    next: 'Log in again at /realm/login.',
  },
  SESSION_MOVED: {
    status: 409,
    close: 4409,
    retry: false,
    message: 'The session goes on in another connection.',
    next: 'Nothing to do: this connection was replaced by a newer one of the same client.',
  },
  SESSIONS_FULL: {
    status: 503,
    close: 4529,
    retry: true,
    message: 'This gate holds as many sessions as it may.',
    next: 'Try again later, add gates, or raise `sessionsMax`.',
  },
  ORIGIN_FORBIDDEN: {
    status: 403,
    close: 4403,
    retry: false,
    message: 'Pages of this origin may not use this server.',
    next: 'Serve the page from the same host, or add its origin to `origins`.',
  },
  LOGIN_INVALID: {
    status: 401,
    retry: false,
    message: 'The login was refused.',
    next: 'Check the name and the secret or the credentials.',
  },
  TOKEN_INVALID: {
    status: 401,
    retry: false,
    message: 'The bearer token is missing, forged or too old.',
    next: 'Log in again at /realm/login and send `Authorization: Bearer <token>`.',
  },
  BODY_INVALID: {
    status: 400,
    retry: false,
    message: 'The body of the request is not what this path takes.',
    next: 'Send JSON as docs/protocol.md describes it.',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    retry: false,
    message: 'This path does not take requests of this HTTP method.',
    next: 'Use the method that docs/protocol.md names for the path.',
  },
  RATE_LIMITED: {
    status: 429,
    retry: true,
    message: 'Too many requests in a short time; this one was dropped.',
    next: 'Send less often, or raise the limit of the gate.',
  },
  FLOOD: {
    status: 429,
    close: 4429,
    retry: true,
    message: 'The client went on sending far more than it may.',
    next: 'Send less often, or raise `messagesPerSecondMax` and `bytesPerSecondMax`.',
  },
  CALLS_PENDING: {
    status: 429,
    retry: true,
    message: 'Too many requests of this session await an answer.',
    next: 'Wait for answers before asking more, or raise `callsPendingMax`.',
  },
  SLOW_CONSUMER: {
    status: 408,
    close: 4430,
    retry: true,
    message: 'The client did not read what was sent to it.',
    next: 'Connect again: the session resumes. A faster connection or a smaller view helps.',
  },
  SERVER_CLOSING: {
    status: 503,
    close: 4503,
    retry: true,
    message: 'The server is closing.',
    next: 'Connect again: the session goes on as soon as a server is there.',
  },
  UNKNOWN_BLOCK: {
    status: 404,
    retry: false,
    message: 'The game has no such service, actor, room or world.',
    next: 'Use a client that has the manifest of the running game.',
  },
  UNKNOWN_COMMAND: {
    status: 404,
    retry: false,
    message: 'There is no command of this number.',
    next: 'Use a client that has the manifest of the running game.',
  },
  UNKNOWN_CHANNEL: {
    status: 404,
    retry: false,
    message: 'Nothing is joined on this channel.',
    next: 'Join first; the channel may have ended meanwhile.',
  },
  CHANNEL_IN_USE: {
    status: 409,
    retry: false,
    message: 'The channel is in use, or this session has joined the same thing already.',
    next: 'Leave first, or join under another channel number.',
  },
  CHANNELS_FULL: {
    status: 429,
    retry: false,
    message: 'This session has joined as much as it may.',
    next: 'Leave something first, or raise `channelsMax`.',
  },
  MANIFEST_STALE: {
    status: 409,
    retry: true,
    message: 'The game was replaced while the message was under way.',
    next: 'Try again with the manifest that has just arrived.',
  },
  // ── cluster, actor ──────────────────────────────────────────────────────────────────────
  NOT_OWNER: {
    status: 503,
    retry: true,
    message: 'Another node owns this address.',
    next: 'Nothing to do: the host asks the owner by itself; seen by a client, it may try again.',
  },
  FENCED: {
    status: 503,
    retry: true,
    message: 'Another node has taken this over; what was asked for was not kept.',
    next: 'Try again: the request reaches the new owner.',
  },
  LEASE_LOST: {
    status: 503,
    retry: true,
    message: 'This node may not act for the moment: its lease could not be renewed in time.',
    next: 'Try again later; check that the node reaches the store and is not starved of CPU.',
  },
  DEADLINE: {
    status: 504,
    retry: true,
    message: 'No answer came in time; whether the request took effect is unknown.',
    next: 'Ask for the state before trying again.',
  },
  NODE_BUSY: {
    status: 503,
    retry: true,
    message: 'Too many requests of this node await an answer.',
    next: 'Try again later, or raise `pendingRequestsMax`.',
  },
  NODE_STOPPED: {
    status: 503,
    retry: true,
    message: 'This node is stopping.',
    next: 'Try again: another node takes over.',
  },
  MAILBOX_FULL: {
    status: 503,
    retry: true,
    message: 'Too many messages wait for this actor, room or world.',
    next: 'Try again later, spread the load over more keys, or raise `mailboxMessagesMax`.',
  },
  CALL_CYCLE: {
    status: 500,
    retry: false,
    message:
      'A call would wait for itself: an actor further up the chain of callers is called again.',
    next: 'Let the later actor answer first, and call back outside of the handler.',
  },
  CALL_DEPTH: {
    status: 500,
    retry: false,
    message: 'The chain of calls from actor to actor is too long.',
    next: 'Shorten the chain; `callDepthMax` bounds it.',
  },
  HANDLER_FAILED: {
    status: 500,
    retry: false,
    message: 'The game code for this request failed; nothing of it was kept.',
    next: 'Look into the server log for the cause.',
  },
  REFUSED: {
    status: 409,
    retry: false,
    message: 'The game refused.',
    next: 'Read the detail: it comes from the game.',
  },
  ACCESS_DENIED: {
    status: 403,
    retry: false,
    message: 'This player may not do that.',
    next: 'Check `from` of the call or `watch` of the actor in the game file.',
  },
  UNKNOWN_METHOD: {
    status: 404,
    retry: false,
    message: 'There is no call of this number.',
    next: 'Use a client that has the manifest of the running game.',
  },
  ADDRESS_UNKNOWN: {
    status: 404,
    retry: false,
    message: 'The game has nothing at this address.',
    next: 'Check the kind and the name; the game may have been replaced.',
  },
  ACTOR_UNKNOWN: {
    status: 500,
    retry: false,
    message: 'This definition has no place in the running game.',
    next: 'List it under `actors` in defineGame.',
  },
  KEY_INVALID: {
    status: 400,
    retry: false,
    message: 'A key must be 1 to 64 letters, digits, `_` or `-`.',
    next: 'Choose another key.',
  },
  BLOCK_GONE: {
    status: 410,
    retry: false,
    message: 'The game was replaced by one that no longer has this.',
    next: 'Update the client.',
  },
  GAME_INVALID: {
    status: 500,
    retry: false,
    message: 'The game definition is not valid.',
    next: 'Correct the named place in the game file.',
  },
  UNKNOWN_EVENT: {
    status: 500,
    retry: false,
    message: 'The definition declares no event of this name.',
    next: 'Declare it under `events` of the definition.',
  },
  NODE_LOST: {
    status: 503,
    retry: true,
    message: 'The node that was asked is gone; whether the request took effect is unknown.',
    next: 'Ask for the state before trying again.',
  },
  // ── ports: bus, store, net ──────────────────────────────────────────────────────────────
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
  // ── room ────────────────────────────────────────────────────────────────────────────────
  ROOM_UNKNOWN: {
    status: 404,
    retry: false,
    message: 'There is no such room, or it has ended.',
    next: 'List the open rooms, or use joinOrCreate.',
  },
  ROOM_FULL: {
    status: 409,
    retry: true,
    message: 'The room is full.',
    next: 'Join another room, or try again when somebody has left.',
  },
  ROOM_LOCKED: {
    status: 409,
    retry: false,
    message: 'The room takes nobody in any more.',
    next: 'Join another room.',
  },
  ROOM_CLOSED: {
    status: 410,
    retry: false,
    message: 'The room has ended.',
    next: 'Join another room.',
  },
  ROOMS_MAX: {
    status: 503,
    retry: true,
    message: 'This server holds as many rooms as it can.',
    next: 'Try again later, or add servers.',
  },
  KICKED: {
    status: 403,
    retry: false,
    message: 'The game removed you.',
    next: 'Ask the people who run the game.',
  },
  CHANNEL_REPLACED: {
    status: 409,
    retry: false,
    message: 'The same player entered from somewhere else.',
    next: 'Play on there, or join again here.',
  },
  // ── world ───────────────────────────────────────────────────────────────────────────────
  AVATAR_NONE: {
    status: 409,
    retry: false,
    message: 'You have no avatar in this world.',
    next: 'Wait for the game to give you one, or join the world again.',
  },
  ENTITY_GONE: {
    status: 410,
    retry: false,
    message: 'The entity is no longer in the world.',
    next: 'Keep its id instead of the entity and ask `world.get(id)` each tick.',
  },
  ENTITY_KIND_UNKNOWN: {
    status: 500,
    retry: false,
    message: 'The kind of entity is not one of this world.',
    next: 'List the kind in `entities` of defineWorld.',
  },
  RECONNECT_LATE: {
    status: 410,
    retry: false,
    message: 'You were away for longer than your place was kept.',
    next: 'Join again, or raise `reconnectMs`.',
  },
  WORLD_FULL: {
    status: 503,
    retry: true,
    message: 'The world holds as many entities as it may.',
    next: 'Despawn some, or raise `entitiesMax`.',
  },
  // ── client ──────────────────────────────────────────────────────────────────────────────
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
    message:
      'The session was lost before the answer came; whether the call took effect is unknown.',
    next: 'Ask for the state before trying again.',
  },
  COMMANDS_LOST: {
    status: 503,
    retry: true,
    message: 'The session was lost before the server had confirmed all commands.',
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
  // ── command line ────────────────────────────────────────────────────────────────────────
  GAME_FILE_MISSING: {
    status: 500,
    retry: false,
    message: 'There is no such game file:',
    next: 'Check the path, relative to the folder you are in.',
  },
  GAME_FILE_FAILED: {
    status: 500,
    retry: false,
    message: 'The game file cannot be loaded:',
    next: 'Mend the error shown below; the file is loaded again when it changes.',
  },
  BOT_SCRIPT_INVALID: {
    status: 500,
    retry: false,
    message: 'The bot script cannot be used:',
    next: 'Export a function (BotScript) as its default.',
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
