import { encode, type Type } from '../schema/index.ts'

/**
 * A value on its way between two handlers of one process. It was checked, which made a copy that
 * nobody else has; bytes are made of it only where it leaves the process.
 */
export class Passed {
  readonly type: Type<object>
  readonly value: object

  constructor(type: Type<object>, value: object) {
    this.type = type
    this.value = value
  }
}

/** What a call brings along. */
export type CallInput = Uint8Array | Passed

/** What a turn ends with: something for calls and joins, passed where the input was. */
export type Answer = Uint8Array | Passed | undefined

export function bytesOf<A extends Answer>(answer: A): Uint8Array | Exclude<A, Passed> {
  return answer instanceof Passed
    ? encode(answer.type, answer.value)
    : (answer as Exclude<A, Passed>)
}
