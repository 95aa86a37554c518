import { RealmError } from '../errors/index.ts'
import {
  type BlockDescriptor,
  type BlockKind,
  type Manifest,
  manifestBytesMax,
  payloadBytesMax,
} from '../protocol/index.ts'
import {
  encode,
  Reader,
  record,
  type Type,
  type TypeDescriptor,
  typeFromDescriptor,
  Writer,
} from '../schema/index.ts'

const nothing: Type<unknown> = record({})

/** A block's number and its types, made when they are first needed. */
export class BlockTypes {
  readonly number: number
  readonly descriptor: BlockDescriptor
  readonly #types = new Map<TypeDescriptor, Type<unknown>>()

  constructor(number: number, descriptor: BlockDescriptor) {
    this.number = number
    this.descriptor = descriptor
  }

  /** The type behind a descriptor of this block; an empty record where there is none. */
  type(descriptor: TypeDescriptor | undefined): Type<unknown> {
    if (descriptor === undefined) return nothing
    let type = this.#types.get(descriptor)
    if (type === undefined) {
      type = typeFromDescriptor(descriptor)
      this.#types.set(descriptor, type)
    }
    return type
  }

  /** @throws RealmError `UNKNOWN_METHOD` */
  call(name: string): { method: number; input: Type<unknown>; output: Type<unknown> } {
    const method = this.descriptor.calls.findIndex((call) => call.name === name)
    const call = this.descriptor.calls[method]
    if (call === undefined)
      throw new RealmError('UNKNOWN_METHOD', `${this.descriptor.name}.${name}`)
    return { method, input: this.type(call.input), output: this.type(call.output) }
  }

  /** @throws RealmError `UNKNOWN_COMMAND` */
  command(name: string): { command: number; reliable: boolean; input: Type<unknown> } {
    const command = this.descriptor.commands.findIndex((one) => one.name === name)
    const found = this.descriptor.commands[command]
    if (found === undefined) {
      throw new RealmError('UNKNOWN_COMMAND', `${this.descriptor.name}.${name}`)
    }
    return { command, reliable: found.reliable, input: this.type(found.input) }
  }

  /** @throws RealmError `PROTOCOL_GARBAGE` for a number that is not in the manifest */
  event(number: number): { name: string; payload: Type<unknown> } {
    const event = this.descriptor.events[number]
    if (event === undefined) throw new RealmError('PROTOCOL_GARBAGE', 'No event has that number.')
    return { name: event.name, payload: this.type(event.payload) }
  }
}

/** The manifest of the running game, with lookups. */
export class Catalogue {
  readonly hash: string
  readonly manifest: Manifest
  readonly #blocks = new Map<string, BlockTypes>()

  constructor(hash: string, manifest: Manifest) {
    this.hash = hash
    this.manifest = manifest
    for (const [number, block] of manifest.blocks.entries()) {
      this.#blocks.set(`${block.kind}/${block.name}`, new BlockTypes(number, block))
    }
  }

  /** @throws RealmError `UNKNOWN_BLOCK` */
  block(kind: BlockKind, name: string): BlockTypes {
    const block = this.#blocks.get(`${kind}/${name}`)
    if (block === undefined) throw new RealmError('UNKNOWN_BLOCK', `${kind} ${name}`)
    return block
  }
}

/** Reads a manifest that came from a server. @throws RealmError `PROTOCOL_GARBAGE` */
export function readManifest(bytes: Uint8Array): Manifest {
  try {
    // There is no TextDecoder in mini-game hosts; the codec of texts serves.
    const writer = new Writer(bytes.length + 8)
    writer.bytes(bytes)
    const text = new Reader(writer.view()).text(manifestBytesMax)
    return manifestFrom(JSON.parse(text))
  } catch (cause) {
    throw new RealmError('PROTOCOL_GARBAGE', 'The manifest is not valid.', { cause })
  }
}

/** Looks at the outline only: descriptors of types are checked when they are first used. */
export function manifestFrom(json: unknown): Manifest {
  const { game, blocks } = Object(json) as Partial<Manifest>
  const lists = ['calls', 'commands', 'events'] as const
  const fits =
    typeof game === 'string' &&
    Array.isArray(blocks) &&
    blocks.every((block) => {
      return typeof block?.name === 'string' && lists.every((list) => Array.isArray(block[list]))
    })
  if (!fits) throw new RealmError('PROTOCOL_GARBAGE', 'The manifest is not valid.')
  return json as Manifest
}

/**
 * What game code gave for a call, command or join, as bytes.
 * @throws RealmError `SCHEMA_INVALID` naming what does not fit, `SCHEMA_LIMIT` where it is too
 * large
 */
export function encodeInput(type: Type<unknown>, value: unknown): Uint8Array {
  const bytes = encode(type, type.check(value))
  if (bytes.length > payloadBytesMax) {
    throw new RealmError('SCHEMA_LIMIT', `At most ${payloadBytesMax} bytes are sent at once.`)
  }
  return bytes
}
