import { decode, encode, type Type } from '../schema/index.ts'
import type { ActorPlan } from './define-actor.ts'
import { type Answer, bytesOf, type CallInput, Passed } from './passed.ts'

export type AnyCall = ActorPlan['calls'][number]

/** What a call is given, whether it comes from another node or from a handler here. */
export function inputOf({ call }: AnyCall, input: CallInput): Record<string, unknown> {
  if (input instanceof Passed && input.type === call.input) return input.value as never
  return decode(call.input, bytesOf(input))
}

/** As `type.check`; that the fault is in `name` is only put together where there is one. */
export function checkedAs<T>(type: Type<T>, value: unknown, name: string): T {
  try {
    return type.check(value)
  } catch {
    return type.check(value, name)
  }
}

/** @param passed whether its caller takes it as it is */
export function answerOf(
  { output: type }: AnyCall['call'],
  name: string,
  output: unknown,
  passed: boolean,
): Answer {
  // A handler whose answer has no fields may return nothing.
  const checked = checkedAs(type, output ?? {}, name)
  return passed ? new Passed(type, checked) : encode(type, checked)
}
