import type { Type } from '../schema/index.ts'

/** How the values of a message become bytes; every schema `Type` is one. */
export type MessageCodec<T> = Pick<Type<T>, 'write' | 'read'>

/**
 * A kind of message between nodes. To a node's own self the value is handed over as it is; to
 * another node it travels encoded by `input`, so handlers must treat what they receive as
 * read-only.
 */
export interface MessageKind<I, O> {
  readonly name: string
  readonly input: MessageCodec<I>
  /** Undefined for a message without an answer. */
  readonly output: MessageCodec<O> | undefined
}

export function defineMessage<I>(name: string, input: MessageCodec<I>): MessageKind<I, undefined>
export function defineMessage<I, O>(
  name: string,
  input: MessageCodec<I>,
  output: MessageCodec<O>,
): MessageKind<I, O>
export function defineMessage<I, O>(
  name: string,
  input: MessageCodec<I>,
  output?: MessageCodec<O>,
): MessageKind<I, O | undefined> {
  return { name, input, output }
}
