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
  /**
   * It may be lost, and is where the other side is too far behind: for what is soon out of date. It
   * keeps order among loose messages only. Never true of a message with an answer.
   */
  readonly loose?: boolean
}

/** A kind of message that may be lost: see `loose`. */
export function defineLoose<I>(name: string, input: MessageCodec<I>): MessageKind<I, undefined> {
  return { name, input, output: undefined, loose: true }
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
