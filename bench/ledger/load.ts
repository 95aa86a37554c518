import { seeded } from '../rig/random.ts'
import type { Books } from './books.ts'

const AMOUNT_MAX = 10

/** Callers that never rest: each waits for its transfer and makes the next. */
export interface Load {
  readonly name: string
  readonly accounts: readonly string[]
  readonly callers: number
  readonly warmUpMs: number
  readonly measuredMs: number
}

export interface Outcome {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** All that were made, also before and after the time that is measured. */
  readonly made: number
  readonly refused: number
}

/** One window: what was answered within it, each with the time it took. */
export async function runLoad(books: Books, load: Load, seed: number): Promise<Outcome> {
  const { accounts, callers, warmUpMs, measuredMs } = load
  const random = seeded(seed)
  const below = (count: number) => Math.floor(random() * count)
  const begin = performance.now() + warmUpMs
  const end = begin + measuredMs
  const tookMs: number[] = []
  let made = 0
  let refused = 0
  let next = 0
  const caller = async (): Promise<void> => {
    for (let at = performance.now(); at < end; ) {
      const from = below(accounts.length)
      const to = (from + 1 + below(accounts.length - 1)) % accounts.length
      const id = `${load.name}-${seed}-${next++}`
      const amount = 1 + below(AMOUNT_MAX)
      const ok = await books.transfer(id, accounts[from] ?? '', accounts[to] ?? '', amount)
      const now = performance.now()
      if (ok) made += 1
      else refused += 1
      if (now >= begin && now < end) tookMs.push(now - at)
      at = now
    }
  }
  await Promise.all(Array.from({ length: callers }, caller))
  tookMs.sort((a, b) => a - b)
  const part = (share: number) => tookMs[Math.floor(share * tookMs.length)] ?? Number.NaN
  const perSecond = (tookMs.length * 1000) / measuredMs
  return { perSecond, p50Ms: part(0.5), p99Ms: part(0.99), made, refused }
}
