import type { ErrorEntry } from './entry.ts'

/** What nodes and activations answer. */
export const actorErrors = {
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
  BUS_BUSY: {
    status: 503,
    retry: true,
    message: 'Too much waits to be sent to another node; this was not taken.',
    next: 'Try again later; check that the node keeps up, or raise `outboxBytesMax`.',
  },
  NODE_MISSING: {
    status: 503,
    retry: true,
    message: 'No node that could take this is alive.',
    next: 'Start a node with the named role.',
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
  REMINDER_INVALID: {
    status: 500,
    retry: false,
    message: 'The reminder cannot be set like that.',
    next: 'Say `atMs`, `inMs` or `everyMs` as whole milliseconds, as the detail tells.',
  },
  REMINDERS_FULL: {
    status: 500,
    retry: false,
    message: 'The actor has as many reminders as it may.',
    next: 'Forget some, or keep the times in its state and one reminder for the next of them.',
  },
  REMINDER_UNKNOWN: {
    status: 500,
    retry: true,
    message: 'The definition declares no reminder of this name.',
    next: 'Declare it under `reminders` of the shape and of the handlers; until then it waits.',
  },
  ACTIVATION_PARKED: {
    status: 503,
    retry: true,
    message: 'This has failed again and again and is left alone for a while.',
    next: 'Look into the server log for the cause; the detail says when it is tried again.',
  },
  NODE_LOST: {
    status: 503,
    retry: true,
    message: 'The node that was asked is gone; whether the request took effect is unknown.',
    next: 'Ask for the state before trying again.',
  },
} as const satisfies Record<string, ErrorEntry>
