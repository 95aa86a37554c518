import { RealmError } from '../errors/index.ts'
import { type Fields, type InferFields, Reader, type RecordType, Writer } from '../schema/index.ts'

/** One message of the protocol; `body` is undefined where the layout is written by hand. */
export interface MessageSpec {
  readonly code: number
  readonly numbered?: true
  readonly body: RecordType<Fields> | undefined
}

export type MessageTable = Readonly<Record<string, MessageSpec>>

type BodyOf<S extends MessageSpec> =
  S['body'] extends RecordType<infer F> ? InferFields<F> : Uint8Array

/** A decoded message of a table: `{ type: 'ping', body: { … } }`. */
export type MessageOf<T extends MessageTable> = {
  [K in keyof T & string]: { readonly type: K; readonly body: BodyOf<T[K]> }
}[keyof T & string]

/** Both directions of the protocol are tables of this kind: typed, bounded, one codec. */
export interface Messages<T extends MessageTable> {
  readonly table: T
  /** Appends one message: code u8, length varint, body. */
  write<K extends keyof T & string>(writer: Writer, type: K, body: BodyOf<T[K]>): void
  /** One message as a WebSocket message of its own. */
  encode<K extends keyof T & string>(type: K, body: BodyOf<T[K]>): Uint8Array
  /**
   * Reads the messages of one WebSocket message, handing each over before the next is read. Values
   * share no memory with `bytes`, except the body of a message laid out by hand. What `each` throws
   * ends the reading.
   * @throws RealmError `PROTOCOL_GARBAGE` for an unknown code or a body that does not fit, and
   * nothing else.
   */
  decode(bytes: Uint8Array, each: (message: MessageOf<T>) => void): void
  /**
   * Reads the one message that begins at `start` of `bytes[0, limit)`. @returns where it ends
   * @throws RealmError as `decode`
   */
  decodeOne(
    bytes: Uint8Array,
    start: number,
    limit: number,
    each: (message: MessageOf<T>) => void,
  ): number
  isNumbered(type: keyof T & string): boolean
}

export function defineMessages<const T extends MessageTable>(table: T): Messages<T> {
  const byCode: ({ type: string; spec: MessageSpec } | undefined)[] = []
  for (const [type, spec] of Object.entries(table)) {
    if (byCode[spec.code] !== undefined) throw new Error(`message code ${spec.code} is used twice`)
    byCode[spec.code] = { type, spec }
  }
  const scratch = new Writer()

  function write(writer: Writer, type: string, body: unknown): void {
    const spec = table[type] as MessageSpec
    writer.u8(spec.code)
    if (spec.body === undefined) {
      writer.bytes(body as Uint8Array)
      return
    }
    scratch.reset()
    spec.body.write(scratch, body as never)
    writer.bytes(scratch.view())
  }

  function decodeOne(
    bytes: Uint8Array,
    start: number,
    limit: number,
    each: (message: MessageOf<T>) => void,
  ): number {
    const { type, body, end } = readMessage(byCode, bytes, start, limit)
    each({ type, body } as MessageOf<T>)
    return end
  }

  return {
    table,
    write,
    encode(type, body) {
      const writer = new Writer()
      write(writer, type, body)
      return writer.finish()
    },
    decode(bytes, each) {
      let start = 0
      while (start < bytes.length) start = decodeOne(bytes, start, bytes.length, each)
    },
    decodeOne,
    isNumbered: (type) => table[type]?.numbered === true,
  }
}

type ByCode = readonly ({ readonly type: string; readonly spec: MessageSpec } | undefined)[]

function readMessage(
  byCode: ByCode,
  bytes: Uint8Array,
  start: number,
  limit: number,
): { type: string; body: unknown; end: number } {
  let type = 'message'
  try {
    const reader = new Reader(bytes, start, limit)
    const code = reader.u8()
    const entry = byCode[code]
    if (entry === undefined)
      throw new RealmError('PROTOCOL_GARBAGE', `No message has code ${code}.`)
    type = entry.type
    const length = reader.varint()
    const end = reader.offset + length
    if (end > limit) throw new RealmError('SCHEMA_TRUNCATED')
    return { type, body: readBody(entry.spec, bytes, reader.offset, end), end }
  } catch (error) {
    if (error instanceof RealmError && error.code !== 'PROTOCOL_GARBAGE') {
      throw new RealmError('PROTOCOL_GARBAGE', `In ${type}: ${error.message}`)
    }
    throw error
  }
}

function readBody(spec: MessageSpec, bytes: Uint8Array, start: number, end: number): unknown {
  const reader = new Reader(bytes, start, end)
  if (spec.body === undefined) return reader.raw(end - start)
  const value = spec.body.read(reader)
  reader.end()
  return value
}
