import { hash } from '../shared/noise.ts'
import { hairCount, hatCount } from './people.ts'

const tunics = [
  ...[0x4f8fd6, 0xd65a4f, 0x5cae62, 0xe0a23a, 0x9a6bd0, 0x3fb0a8, 0xe07aa8, 0x8a9a3c],
  ...[0xc96f3a, 0x6a7a94, 0xb04a78, 0x3f6f5c],
]
const skins = [0xffe0c4, 0xf2c49b, 0xd9a074, 0xa8704c, 0x7b4d36, 0xffd2b0]
const hairs = [0x3b2a26, 0x6e4628, 0xb5763a, 0xe8c66a, 0xc04a32, 0xd9d9e2, 0x44506e, 0xe58ab0]

/** How somebody looks; made from a number of 16 bits that travels with the player. */
export interface Look {
  readonly tunic: number
  readonly skin: number
  readonly hair: number
  readonly hairStyle: number
  /** 0 = bareheaded. */
  readonly hat: number
}

export function lookOf(number: number): Look {
  const pick = (count: number, salt: number) => Math.floor(hash(number, salt, 77) * count)
  return {
    tunic: tunics[pick(tunics.length, 1)] ?? 0xffffff,
    skin: skins[pick(skins.length, 2)] ?? 0xffffff,
    hair: hairs[pick(hairs.length, 3)] ?? 0xffffff,
    hairStyle: pick(hairCount, 4),
    hat: hash(number, 5, 77) < 0.5 ? 0 : 1 + pick(hatCount - 1, 6),
  }
}

/** A colour as pages write it. */
export function cssColour(colour: number): string {
  return `#${colour.toString(16).padStart(6, '0')}`
}
