import { RealmError } from '../errors/index.ts'
import type { TypeDescriptor } from './descriptor-types.ts'
import type { Reader } from './reader.ts'
import { BaseType, define, invalid, limitOf, shown, type Type } from './type.ts'
import { wellFormed } from './utf8.ts'
import type { Writer } from './writer.ts'

/** The longest text a definition may allow, in UTF-16 code units. */
const textUnitsMax = 1024 * 1024
/** The longest byte string a definition may allow. */
const bytesCountMax = 16 * 1024 * 1024
/** A choice has at most this many options. */
const choiceOptionsMax = 256
/** A choice's option is at most this long, in UTF-16 code units. */
const choiceUnitsMax = 256

class TextType extends BaseType<string> {
  readonly kind = 'text'
  readonly #max: number

  constructor(max: number) {
    super()
    this.#max = limitOf(max, textUnitsMax, 'text: max')
  }

  write(writer: Writer, value: string): void {
    writer.text(value)
  }

  read(reader: Reader): string {
    return reader.text(this.#max)
  }

  check(value: unknown, path = ''): string {
    if (typeof value !== 'string') return invalid(path, `expected a text, got ${shown(value)}`)
    if (value.length > this.#max) {
      return invalid(path, `expected at most ${this.#max} characters, got ${value.length}`)
    }
    return wellFormed(value)
  }

  initial(): string {
    return ''
  }

  describe(): TypeDescriptor {
    return { kind: 'text', max: this.#max }
  }
}

function fromBase64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text), (unit) => unit.charCodeAt(0))
  } catch {
    return undefined
  }
}

class BytesType extends BaseType<Uint8Array> {
  readonly kind = 'bytes'
  readonly #max: number

  constructor(max: number) {
    super()
    this.#max = limitOf(max, bytesCountMax, 'bytes: max')
  }

  write(writer: Writer, value: Uint8Array): void {
    writer.bytes(value)
  }

  read(reader: Reader): Uint8Array {
    return reader.bytes(this.#max)
  }

  check(value: unknown, path = ''): Uint8Array {
    // JSON has no bytes: there they are base64, four characters for three bytes.
    const short = typeof value === 'string' && value.length <= this.#max * 2 + 4
    const bytes = short ? fromBase64(value) : value
    if (!(bytes instanceof Uint8Array)) {
      return invalid(path, `expected a Uint8Array, or base64 in JSON, got ${shown(value)}`)
    }
    if (bytes.length > this.#max) {
      return invalid(path, `expected at most ${this.#max} bytes, got ${bytes.length}`)
    }
    return new Uint8Array(bytes)
  }

  initial(): Uint8Array {
    return new Uint8Array(0)
  }

  describe(): TypeDescriptor {
    return { kind: 'bytes', max: this.#max }
  }
}

class ChoiceType<O extends string> extends BaseType<O> {
  readonly kind = 'choice'
  readonly #options: readonly O[]
  readonly #indices: ReadonlyMap<unknown, number>

  constructor(options: readonly O[]) {
    super()
    const count = options.length
    define(count >= 1 && count <= choiceOptionsMax, `choice takes 1…${choiceOptionsMax} options.`)
    for (const option of options) {
      const fits = typeof option === 'string' && option.length <= choiceUnitsMax
      define(fits, `choice: an option is a text of at most ${choiceUnitsMax} characters.`)
      define(wellFormed(option) === option, 'choice: an option is not well-formed text.')
    }
    this.#options = [...options]
    this.#indices = new Map(options.map((option, index) => [option, index]))
    define(this.#indices.size === count, 'choice: two options are equal.')
  }

  write(writer: Writer, value: O): void {
    writer.u8(this.#indices.get(value) as number)
  }

  read(reader: Reader): O {
    const option = this.#options[reader.u8()]
    if (option === undefined) throw new RealmError('SCHEMA_MALFORMED', 'No option has that number.')
    return option
  }

  check(value: unknown, path = ''): O {
    if (this.#indices.has(value)) return value as O
    const options = this.#options.slice(0, 8).map((option) => shown(option))
    if (this.#options.length > 8) options.push('…')
    return invalid(path, `expected one of ${options.join(', ')}, got ${shown(value)}`)
  }

  initial(): O {
    return this.#options[0] as O
  }

  describe(): TypeDescriptor {
    return { kind: 'choice', options: [...this.#options] }
  }
}

/** A text of at most `max` UTF-16 code units: what `.length` counts. Always valid Unicode. */
export function text(limits: { readonly max: number }): Type<string> {
  return new TextType(limits.max)
}

/**
 * At most `max` raw bytes. They are replaced as a whole: changes inside the array are not tracked.
 */
export function bytes(limits: { readonly max: number }): Type<Uint8Array> {
  return new BytesType(limits.max)
}

/** One of up to 256 words, one byte: `choice('north', 'east', 'south', 'west')`. */
export function choice<const O extends readonly [string, ...string[]]>(
  ...options: O
): Type<O[number]> {
  return new ChoiceType<O[number]>(options)
}
