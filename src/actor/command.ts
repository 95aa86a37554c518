import { type Fields, type InferFields, type RecordType, record } from '../schema/index.ts'

/**
 * A command of a room or world: what a client may send, and what happens then. There is no answer.
 */
export interface Command<Self, P, F extends Fields> {
  readonly input: F
  readonly type: RecordType<F>
  /**
   * Reliable commands survive a reconnect; unreliable ones are lost with the socket, never
   * repeated.
   */
  readonly reliable: boolean
  run(self: Self, player: P, input: InferFields<F>): void | Promise<void>
}

export interface CommandOptions {
  /**
   * Default true. Choose false for inputs that are soon replaced by newer ones, such as movement.
   */
  readonly reliable?: boolean
}

/** Declares a command: the fields a client sends and the handler they reach, checked. */
export function command<Self, P, F extends Fields>(
  input: F,
  run: (self: Self, player: P, input: InferFields<F>) => void | Promise<void>,
  options: CommandOptions = {},
): Command<Self, P, F> {
  return { input, type: record(input), reliable: options.reliable ?? true, run }
}
