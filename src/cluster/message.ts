import type { Type } from '../schema/index.ts'

/**
 * A kind of message between nodes. To a node's own self the value is handed over as it is; to another node it
 * travels encoded by `input`, so handlers must treat what they receive as read-only.
 */
export interface MessageKind<I, O> {
  readonly name: string
  readonly input: Type<I>
  /** Undefined for a message without an answer. */
  readonly output: Type<O> | undefined
}

export function defineMessage<I>(name: string, input: Type<I>): MessageKind<I, undefined>
export function defineMessage<I, O>(name: string, input: Type<I>, output: Type<O>): MessageKind<I, O>
export function defineMessage<I, O>(
  name: string,
  input: Type<I>,
  output?: Type<O>,
): MessageKind<I, O | undefined> {
  return { name, input, output }
}
