import { RealmError } from '../errors/index.ts'
import type { Log } from '../ports/index.ts'
import type { Faced } from '../protocol/index.ts'
import { decode, encode, type Fields, type InferFields, type RecordType } from '../schema/index.ts'
import type { Player } from './behaviour.ts'
import type { Block, ServiceRequest } from './block.ts'
import type { Call } from './call.ts'
import { handlerError } from './handler-error.ts'
import { type DirectLedger, directLedger } from './ledger-desk.ts'
import type { ActorHandle, ActorSender, GameScope } from './scope.ts'

/** What the handlers of a service get. */
export interface ServiceContext {
  /** The player who calls. */
  readonly caller: Player
  /** The typed handle of an actor. */
  actor<D extends object>(definition: D, key: string): ActorHandle<D>
  /** The same to send it what needs no answer; it may be lost where its node dies. */
  send<D extends object>(definition: D, key: string): ActorSender<D>
  /** Transfers, each durable before the call is answered; and the books. */
  readonly ledger: DirectLedger
  /** Milliseconds since 1970. */
  now(): number
  /** Uniform, 0 ≤ x < 1. */
  random(): number
  readonly log: Log
}

type CallTable = Readonly<Record<string, Call<ServiceContext, Fields, Fields>>>

/** What a client sees of a service, as types: every call that is not for the server alone. */
export interface ServiceFaceOf<C> {
  calls: {
    [K in keyof C as C[K] extends { readonly from: 'server' } ? never : K]: C[K] extends {
      readonly input: RecordType<infer I>
      readonly output: RecordType<infer O>
    }
      ? { input: InferFields<I>; output: InferFields<O> }
      : never
  }
}

export interface ServiceDefinition<C> extends Block, Faced<ServiceFaceOf<C>> {
  readonly kind: 'service'
}

/** Defines a service: stateless calls, run on whichever node the client is connected to. */
export function defineService<C extends CallTable>(spec: {
  readonly calls: C
}): ServiceDefinition<C> {
  const calls = Object.entries(spec.calls)
  return {
    kind: 'service',
    describe: () => ({
      kind: 'service',
      calls: calls.map(([name, { input, output }]) => ({
        name,
        input: input.describe(),
        output: output.describe(),
      })),
      commands: [],
      events: [],
    }),
    inputs: calls.map(([, { input }]) => input),
    joinOptions: undefined,
    access: calls.map(([, { from }]) => from ?? 'anyone'),
    watch: 'server',
    serve: (scope, request) => serve(calls, scope, request),
  }
}

async function serve(
  calls: readonly (readonly [string, Call<ServiceContext, Fields, Fields>])[],
  scope: GameScope,
  request: ServiceRequest,
): Promise<Uint8Array> {
  const [name, call] = calls[request.method] ?? []
  if (call === undefined) throw new RealmError('UNKNOWN_METHOD')
  const { caller } = request
  const paid: Promise<void>[] = []
  if (caller === undefined) throw new RealmError('ACCESS_DENIED')
  const context: ServiceContext = {
    caller,
    actor: (definition, key) => scope.actor(definition, key),
    send: (definition, key) => scope.send(definition, key),
    ledger: directLedger({
      books: scope.ledger,
      name: () => scope.random.id(),
      pay: (transfer) => {
        const done = scope.pay(transfer)
        paid.push(done)
        return done
      },
    }),
    now: () => scope.clock.wallMs(),
    random: () => scope.random.float(),
    log: scope.log,
  }
  const input = decode(call.input, request.input)
  try {
    const output = await call.run(context, input)
    // Also what the handler has not waited for.
    await Promise.all(paid)
    return encode(call.output, call.output.check(output, 'output'))
  } catch (error) {
    throw handlerError(error, scope.log, { call: name })
  }
}
