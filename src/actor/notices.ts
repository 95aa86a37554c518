import type { ErrorCode } from '../errors/index.ts'
import type { Delivery, Member } from './behaviour.ts'

const utf8 = new TextEncoder()

/** Tells members that they are in no longer, and why. */
export function leftNotice(to: readonly Member[], code: ErrorCode): Delivery {
  return { kind: 'left', to, event: 0, payload: utf8.encode(code) }
}

/** Tells members that something of theirs came to nothing. */
export function failNotice(to: readonly Member[], code: ErrorCode, detail = ''): Delivery {
  return { kind: 'fail', to, event: 0, payload: utf8.encode(`${code} ${detail}`) }
}
