import type { ErrorCode } from '../errors/index.ts'
import type { Delivery, Member } from './behaviour.ts'

const utf8 = new TextEncoder()

/** Tells members that they are in no longer, and why. */
export function leftNotice(to: readonly Member[], code: ErrorCode): Delivery {
  return { kind: 'left', to, event: 0, payload: utf8.encode(code) }
}

const noBytes = new Uint8Array(0)

/** Tells members that what they are in has begun anew. */
export function begunNotice(to: readonly Member[]): Delivery {
  return { kind: 'begun', to, event: 0, payload: noBytes }
}

/** Tells members that something of theirs came to nothing. */
export function failNotice(to: readonly Member[], code: ErrorCode, detail = ''): Delivery {
  return { kind: 'fail', to, event: 0, payload: utf8.encode(`${code} ${detail}`) }
}
