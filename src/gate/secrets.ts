import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { Random } from '../ports/index.ts'

/** Bytes of every ticket, secret and resume token: nobody guesses 256 bits. */
export const secretBytes = 32
/** Characters of one in base64url. */
export const secretCharacters = 43

/** A fresh secret as base64url. */
export function newSecret(random: Random): string {
  return Buffer.from(random.bytes(secretBytes)).toString('base64url')
}

/**
 * What is kept of a secret. Secrets are random, so a plain hash needs neither salt nor stretching.
 */
export function secretHash(secret: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash('sha256').update(secret).digest())
}

/** Compares without telling by the time it takes where the two differ. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}

/** HMAC-SHA256 as base64url. */
export function signature(key: Uint8Array, text: string): string {
  return createHmac('sha256', key).update(text).digest('base64url')
}

export function sameText(a: string, b: string): boolean {
  return sameBytes(Buffer.from(a), Buffer.from(b))
}
