import type { Fields } from '../schema/index.ts'

/** Event name → fields of its payload. */
export type EventShapes = Readonly<Record<string, Fields>>

/**
 * A shape's events, or none where it leaves them out: in this form TypeScript infers through the
 * absence.
 */
export type EventsOf<Sh> = Sh extends { readonly events: infer E extends EventShapes }
  ? E
  : Record<never, never>

/** A shape's reminders, likewise. */
export type RemindersOf<Sh> = Sh extends { readonly reminders: infer R extends EventShapes }
  ? R
  : Record<never, never>

/** A shape's timers, likewise. */
export type TimersOf<Sh> = Sh extends { readonly timers: infer T extends EventShapes }
  ? T
  : Record<never, never>

/** A shape's join options, likewise. */
export type OptionsOf<Sh> = Sh extends { readonly options: infer O extends Fields }
  ? O
  : Record<never, never>

/** Makes what a shape does not know a mistake at compile time. */
export type OnlyKnown<Sh, Known> = Sh & { readonly [N in Exclude<keyof Sh, keyof Known>]: never }
