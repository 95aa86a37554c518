/**
 * What names a call: whoever calls, and the how many-th of its calls it is; −1 where the first is
 * the name by itself. In two parts, so that asking for it makes no text of it. Each text stands for
 * one pair: the number is what follows the last dot.
 */
export interface CallId {
  readonly series: string
  readonly number: number
}

/** Whole numbers as they are written, below 2^53 − 1. */
const wholeNumber = /^(0|[1-9][0-9]{0,15})$/

export function callIdOf(text: string): CallId {
  const dot = text.lastIndexOf('.')
  const last = text.slice(dot + 1)
  const number = Number(last)
  if (dot < 1 || !wholeNumber.test(last) || number >= Number.MAX_SAFE_INTEGER) {
    return { series: text, number: -1 }
  }
  return { series: text.slice(0, dot), number }
}

export function callIdText({ series, number }: CallId): string {
  return number < 0 ? series : `${series}.${number}`
}
