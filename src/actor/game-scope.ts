import type { Address, ClusterNode } from '../cluster/index.ts'
import { RealmError } from '../errors/index.ts'
import { decode, schemaHash, type TypeDescriptor } from '../schema/index.ts'
import { checkedAs } from './call-values.ts'
import { type ActorPlan, actorPlanOf } from './define-actor.ts'
import type { Game } from './game.ts'
import { type Answer, bytesOf, type CallInput, Passed } from './passed.ts'
import { pay } from './pay.ts'
import type { ActorHandle, ActorSender, GameScope, KeepSent, Schemas, Sent } from './scope.ts'

/** On whose behalf the handles of a scope call. */
export interface Caller {
  /** @throws RealmError as the call fails, at once where it does so at once */
  call(address: Address, method: number, input: CallInput): Answer | Promise<Answer>
  /** As `call` where nobody waits for the answer. */
  send(address: Address, method: number, input: CallInput, nowMs: number): void
}

const noBytes = new Uint8Array(0)
const storedKeysMax = 10_000
const keyPattern = /^[0-9a-zA-Z_-]{1,64}$/

/** @throws RealmError `KEY_INVALID` */
export function checkKey(key: unknown): string {
  if (typeof key === 'string' && keyPattern.test(key)) return key
  throw new RealmError('KEY_INVALID')
}

export interface ScopeOptions {
  readonly node: ClusterNode
  readonly schemas: Schemas
  readonly placeOf: (definition: object) => Place | undefined
  /**
   * The number of a definition's method in the game that runs, which may be a later one than when
   * the handle was made with the definition at `place`.
   * @throws RealmError `ACTOR_UNKNOWN`, and where it has changed
   */
  readonly methodOf: (place: Place, definition: object, method: number) => number
  readonly caller: Caller
}

/** Where a definition stands: in the game that runs or in a former one. */
export interface Place {
  readonly game: Game
  readonly name: string
}

/** What game code reaches beyond itself, with its calls going through `caller`. */
export function createScope(options: ScopeOptions): GameScope {
  const { node, schemas } = options
  return {
    clock: node.clock,
    random: node.random,
    log: node.log,
    schemas,
    ledger: node.store.ledger,
    pay: (transfer) => pay(node.store, node.clock, transfer),
    actor<D extends object>(definition: D, key: string): ActorHandle<D> {
      return handleOf(options, definition, key, 'call') as ActorHandle<D>
    },
    send<D extends object>(definition: D, key: string, keep?: KeepSent): ActorSender<D> {
      return handleOf(options, definition, key, 'send', keep) as ActorSender<D>
    },
    async storedKeys(kind, name) {
      const prefix = `state/${kind}/${name}/`
      const records = await node.store.scan(prefix, { limit: storedKeysMax })
      return records.map(({ key }) => key.slice(prefix.length))
    },
  }
}

/** What a handle knows; out of the way of the names of calls. */
const inner = Symbol('handle')

interface Inner {
  readonly options: ScopeOptions
  readonly definition: object
  readonly place: Place
  readonly address: Address
  readonly keep: KeepSent | undefined
}

/** A handle of one actor; its class has the methods. */
class Handle {
  readonly [inner]: Inner

  constructor(parts: Inner) {
    this[inner] = parts
  }
}

interface HandleClasses {
  readonly call: typeof Handle
  readonly send: typeof Handle
}

const handleClasses = new WeakMap<object, HandleClasses>()

/** @throws RealmError `ACTOR_UNKNOWN`, `KEY_INVALID` */
function handleOf(
  options: ScopeOptions,
  definition: object,
  key: string,
  how: keyof HandleClasses,
  keep?: KeepSent,
): unknown {
  const place = options.placeOf(definition)
  const classes = handleClasses.get(definition) ?? classesOf(definition)
  if (place === undefined || classes === undefined) throw new RealmError('ACTOR_UNKNOWN')
  const address = `actor/${place.name}/${checkKey(key)}`
  return new classes[how]({ options, definition, place, address, keep })
}

/**
 * The classes of a definition's handles, one method per call; made once. Undefined for anything
 * but an actor.
 */
function classesOf(definition: object): HandleClasses | undefined {
  const plan = actorPlanOf(definition)
  if (plan === undefined) return undefined
  const classes = { call: class extends Handle {}, send: class extends Handle {} }
  for (const [method, { name, call }] of plan.calls.entries()) {
    const invoke = callOf(method, name, call)
    const send = sendOf(method, name, call)
    Object.defineProperty(classes.call.prototype, name, { value: invoke, enumerable: true })
    Object.defineProperty(classes.send.prototype, name, { value: send, enumerable: true })
  }
  handleClasses.set(definition, classes)
  return classes
}

type AnyCall = ActorPlan['calls'][number]['call']

function callOf(method: number, name: string, { input, output }: AnyCall) {
  const take = (answer: Answer): object => {
    if (answer instanceof Passed && answer.type === output) return answer.value
    return decode(output, bytesOf(answer) ?? noBytes)
  }
  return function call(this: Handle, given: unknown): Promise<object> {
    try {
      const { options, definition, place, address } = this[inner]
      const passed = new Passed(input, checkedAs(input, given, name))
      const number = options.methodOf(place, definition, method)
      const answer = options.caller.call(address, number, passed)
      return answer instanceof Promise ? answer.then(take) : Promise.resolve(take(answer))
    } catch (error) {
      return Promise.reject(error)
    }
  }
}

function sendOf(method: number, name: string, { input }: AnyCall) {
  return function send(this: Handle, given: unknown): void {
    const to = this[inner]
    const sent = new SentCall(to, method, new Passed(input, checkedAs(input, given, name)))
    if (to.keep === undefined) sent.leave(to.options.node.clock.now())
    else to.keep(sent)
  }
}

class SentCall implements Sent {
  readonly #to: Inner
  readonly #method: number
  readonly #input: Passed

  constructor(to: Inner, method: number, input: Passed) {
    this.#to = to
    this.#method = method
    this.#input = input
  }

  leave(nowMs: number): void {
    const { options, place, definition, address } = this.#to
    const method = options.methodOf(place, definition, this.#method)
    options.caller.send(address, method, this.#input, nowMs)
  }
}

/** Descriptors in the store, each written once per node at most. */
export function storedSchemas(node: ClusterNode): Schemas {
  // By identity first: a definition has one descriptor, and hashing one takes longer than an
  // activation.
  const known = new WeakMap<TypeDescriptor, Promise<void>>()
  const remembered = new Map<string, Promise<void>>()

  async function write(key: string, descriptor: TypeDescriptor): Promise<void> {
    const value = new TextEncoder().encode(JSON.stringify(descriptor))
    // Refused where it is stored already, which is as good: equal hashes mean equal descriptors.
    await node.store.transact({ checks: [{ key, version: 0 }], writes: [{ key, value }] })
  }

  return {
    remember(descriptor) {
      const before = known.get(descriptor)
      if (before !== undefined) return before
      const key = `schema/${schemaHash(descriptor)}`
      const writing = remembered.get(key) ?? write(key, descriptor)
      remembered.set(key, writing)
      known.set(descriptor, writing)
      writing.catch(() => {
        remembered.delete(key)
        known.delete(descriptor)
      })
      return writing
    },
    async find(hash) {
      const stored = await node.store.read(`schema/${hash}`)
      if (stored === undefined) return undefined
      return JSON.parse(new TextDecoder().decode(stored.value)) as TypeDescriptor
    },
  }
}
