import type { ClusterNode } from '../cluster/index.ts'
import { RealmError } from '../errors/index.ts'
import { decode, encode, schemaHash, type TypeDescriptor } from '../schema/index.ts'
import { actorPlanOf } from './define-actor.ts'
import type { Game } from './game.ts'
import type { ActorHandle, GameScope, Schemas } from './scope.ts'

/** Sends a call to an address and returns its encoded answer; an `ActivationContext` is one. */
export interface Caller {
  call(address: string, method: number, input: Uint8Array): Promise<Uint8Array>
}

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
  /** The number of a method in the game that runs. @throws RealmError where it has changed */
  readonly methodOf: (place: Place, method: number) => number
  readonly caller: Caller
}

/** Where a definition stands: in the game that runs or in a former one. */
export interface Place {
  readonly game: Game
  readonly name: string
}

/** What game code reaches beyond itself, with its calls going through `caller`. */
export function createScope(options: ScopeOptions): GameScope {
  const { node, schemas, placeOf } = options
  return {
    clock: node.clock,
    random: node.random,
    log: node.log,
    schemas,
    actor<D extends object>(definition: D, key: string): ActorHandle<D> {
      const place = placeOf(definition)
      const Handle = handleOf(definition)
      if (place === undefined || Handle === undefined) throw new RealmError('ACTOR_UNKNOWN')
      const address = `actor/${place.name}/${checkKey(key)}`
      const handle: unknown = new Handle(options, definition, address)
      return handle as ActorHandle<D>
    },
    async storedKeys(kind, name) {
      const prefix = `state/${kind}/${name}/`
      const records = await node.store.scan(prefix, { limit: storedKeysMax })
      return records.map(({ key }) => key.slice(prefix.length))
    },
  }
}

type HandleClass = new (options: ScopeOptions, definition: object, address: string) => object

const handleClasses = new WeakMap<object, HandleClass>()

/**
 * The class of a definition's handles, one method per call; made once. Undefined for anything but
 * an actor.
 */
function handleOf(definition: object): HandleClass | undefined {
  const known = handleClasses.get(definition)
  if (known !== undefined) return known
  const plan = actorPlanOf(definition)
  if (plan === undefined) return undefined
  class Handle {
    readonly #options: ScopeOptions
    readonly #definition: object
    readonly #address: string

    constructor(options: ScopeOptions, definition: object, address: string) {
      this.#options = options
      this.#definition = definition
      this.#address = address
    }

    static call(handle: Handle, method: number, input: Uint8Array): Promise<Uint8Array> {
      const { caller, placeOf, methodOf } = handle.#options
      // Looked up at each call: the game may have been replaced since the handle was made.
      const place = placeOf(handle.#definition)
      if (place === undefined) throw new RealmError('ACTOR_UNKNOWN')
      return caller.call(handle.#address, methodOf(place, method), input)
    }
  }
  for (const [method, { name, call }] of plan.calls.entries()) {
    async function invoke(this: Handle, input: unknown): Promise<unknown> {
      const bytes = encode(call.input, call.input.check(input, name))
      return decode(call.output, await Handle.call(this, method, bytes))
    }
    Object.defineProperty(Handle.prototype, name, { value: invoke, enumerable: true })
  }
  handleClasses.set(definition, Handle)
  return Handle
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
