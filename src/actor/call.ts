import { type Fields, type InferFields, type RecordType, record } from '../schema/index.ts'
import type { Access } from './block.ts'

/**
 * A call of an actor or service: input, output and handler. `A` is undefined where the default
 * access holds.
 */
export interface Call<
  Self,
  I extends Fields,
  O extends Fields,
  A extends Access | undefined = Access | undefined,
> {
  readonly input: RecordType<I>
  readonly output: RecordType<O>
  readonly from: A
  run(self: Self, input: InferFields<I>): InferFields<O> | Promise<InferFields<O>>
}

/**
 * Declares a call. The handler is a transaction: when it throws, state is as before. Only
 * `refuse('why')` reaches the caller with its words; any other error becomes `HANDLER_FAILED` and
 * stays in the log.
 *
 * `from` says who may call: `server` (game code only; the default in actors), `owner` (the player
 * whose id is the actor's key) or `anyone` (any logged-in player; the default in services).
 */
export function call<
  Self,
  I extends Fields,
  O extends Fields,
  const A extends Access | undefined = undefined,
>(
  input: I,
  output: O,
  run: (self: Self, input: InferFields<I>) => InferFields<O> | Promise<InferFields<O>>,
  options: { readonly from?: A } = {},
): Call<Self, I, O, A> {
  return {
    input: record(input),
    output: record(output),
    from: options.from as A,
    run,
  }
}
