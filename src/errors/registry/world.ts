import type { ErrorEntry } from './entry.ts'

/** What worlds answer. */
export const worldErrors = {
  AUDIENCE_FOREIGN: {
    status: 500,
    retry: false,
    message: 'An avatar cannot be shown to an audience its player does not belong to.',
    next: 'Call `world.setAudiences` for the player first: a player always sees its own avatar.',
  },
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
  LINE_UNKNOWN: {
    status: 404,
    retry: false,
    message: 'The world has no such line.',
    next: 'Join without a line, or list it in `lines` of defineWorld.',
  },
  RECONNECT_LATE: {
    status: 410,
    retry: false,
    message: 'You were away for longer than your place was kept.',
    next: 'Join again, or raise `reconnectMs`.',
  },
  TIMERS_FULL: {
    status: 503,
    retry: true,
    message: 'The world holds as many timers as it may.',
    next: 'Cancel some, or let one `world.every` serve many entities.',
  },
  WORLD_DESYNC: {
    status: 500,
    retry: false,
    message: 'A client had something else of the world than the world has.',
    next: 'It was repaired. If it comes again, report it with the line of the log: it is a bug.',
  },
  WORLD_FULL: {
    status: 503,
    retry: true,
    message: 'The world holds as many entities as it may.',
    next: 'Despawn some, or raise `entitiesMax`.',
  },
} as const satisfies Record<string, ErrorEntry>
