import type { ErrorEntry } from './entry.ts'

/** What rooms and their matchmakers answer. */
export const roomErrors = {
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
  TIMER_INVALID: {
    status: 500,
    retry: false,
    message: 'The timer cannot be set like that.',
    next: 'Declare it under `timers` of the shape and the handlers; mind the limits in the detail.',
  },
  ROOM_TIMERS_FULL: {
    status: 500,
    retry: false,
    message: 'The room has as many named timers as it may.',
    next: 'Unschedule some, or keep the times in its state and one timer for the next of them.',
  },
} as const satisfies Record<string, ErrorEntry>
