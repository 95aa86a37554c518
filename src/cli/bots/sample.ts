import type { TypeDescriptor } from '../../schema/index.ts'

/** Lists and maps of a sampled value have at most this many entries. */
const entriesMax = 4

const ranges: Readonly<Record<string, readonly [number, number]>> = {
  u8: [0, 255],
  u16: [0, 65_535],
  u32: [0, 4_294_967_295],
  i8: [-128, 127],
  i16: [-32_768, 32_767],
  i32: [-2_147_483_648, 2_147_483_647],
  varint: [0, 1000],
  entityId: [0, 1000],
}

/** A random value that fits a type; `random` is uniform, 0 ≤ x < 1. */
export function sampleValue(type: TypeDescriptor, random: () => number): unknown {
  const whole = (min: number, max: number) => min + Math.floor(random() * (max - min + 1))
  const some = <T>(make: () => T) => Array.from({ length: whole(0, entriesMax) }, make)
  switch (type.kind) {
    case 'f32':
    case 'f64':
      return random() * 2 - 1
    case 'fixed':
      return type.min + random() * (type.max - type.min)
    case 'angle':
      return random() * 2 * Math.PI
    case 'bool':
      return random() < 0.5
    case 'text':
      return `word ${whole(1, 999)}`.slice(0, type.max)
    case 'bytes':
      return Uint8Array.from({ length: Math.min(type.max, whole(0, 16)) }, () => whole(0, 255))
    case 'choice':
      return type.options[whole(0, type.options.length - 1)]
    case 'optional':
      return random() < 0.5 ? undefined : sampleValue(type.of, random)
    case 'ownOnly':
    case 'serverOnly':
      return sampleValue(type.of, random)
    case 'record':
      return Object.fromEntries(
        type.fields.map(({ name, type }) => [name, sampleValue(type, random)]),
      )
    case 'list':
      return some(() => sampleValue(type.of, random)).slice(0, type.max)
    case 'map':
      return new Map(some(() => [`key${whole(0, 99)}`, sampleValue(type.of, random)]))
    case 'union': {
      const variant = type.variants[whole(0, type.variants.length - 1)]
      if (variant === undefined) return undefined
      return { type: variant.name, ...(sampleValue(variant.type, random) as object) }
    }
    default: {
      const [min, max] = ranges[type.kind] ?? [0, 0]
      return whole(min, max)
    }
  }
}
