import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sqliteStore } from '../../src/store/index.ts'
import { postgresStore } from '../../src/store/postgres.ts'
import { startPostgres } from '../../src/store/test-kit/postgres.ts'
import { type Books, ourBooks } from '../ledger/books.ts'
import { type Load, type Outcome, runLoad } from '../ledger/load.ts'
import { naiveBooks } from '../ledger/naive.ts'
import { type Bench, progress } from '../lib/bench.ts'
import { median } from '../lib/stats.ts'
import { type Figure, type Findings, options, report } from '../rig/report.ts'

const SEED = 20_260_101
const WARM_UP_MS = 1_000

/** Few accounts that all want, and many that hardly anybody else wants. */
const scenes = [
  { name: 'contended', accounts: 5, timesNaive: 20 },
  { name: 'uncontended', accounts: 10_000, timesNaive: 5 },
] as const

const contenders = ['naive', 'postgres', 'sqlite'] as const
type Name = (typeof contenders)[number]
type Ran = Record<Name, Outcome[]>

const defaults = { callers: 2_000, seconds: 3, rounds: 3 }

async function openBooks(url: string, file: string): Promise<Record<Name, Books>> {
  const all = scenes.flatMap(namesOf)
  return {
    naive: await naiveBooks(url, all),
    postgres: await ourBooks(await postgresStore({ url }), all),
    sqlite: await ourBooks(await sqliteStore({ file }), all),
  }
}

function namesOf({ name, accounts }: (typeof scenes)[number]): string[] {
  return Array.from({ length: accounts }, (_, index) => `${name}:${index}`)
}

/** Rounds take turns, so that what else the machine does strikes all alike. */
async function runScene(books: Record<Name, Books>, load: Load, rounds: number): Promise<Ran> {
  const ran: Ran = { naive: [], postgres: [], sqlite: [] }
  for (let round = 0; round < rounds; round += 1) {
    for (const name of contenders) {
      const outcome = await runLoad(books[name], load, SEED + round)
      const { perSecond, p50Ms, p99Ms } = outcome
      const times = `p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`
      progress(`  ${load.name}, ${name}: ${perSecond.toFixed(0)} transfers/s, ${times}`)
      ran[name].push(outcome)
    }
  }
  return ran
}

function figuresOf(ran: Ran, timesNaive: number): Figure[] {
  const perSecond = (name: Name) => median(ran[name].map((outcome) => outcome.perSecond))
  const p99 = (name: Name) => median(ran[name].map((outcome) => outcome.p99Ms))
  const naive = perSecond('naive')
  const rates = contenders.map((name) => {
    const what = `${name}, transfers`
    return { what, key: `${name}PerSecond`, unit: '/s', value: perSecond(name) }
  })
  const waits = contenders.map((name) => {
    return { what: `${name}, p99`, key: `${name}P99Ms`, unit: 'ms', value: p99(name) }
  })
  const ratios = (['postgres', 'sqlite'] as const).map((name) => {
    const value = perSecond(name) / naive
    const what = `${name} beside naive`
    return { what, key: `${name}TimesNaive`, unit: '×', value, reachAtLeast: timesNaive }
  })
  return [...rates, ...waits, ...ratios]
}

/** Each transfer and each move of the funding made two entries. */
async function auditAll(books: Record<Name, Books>, made: Record<Name, number>): Promise<string[]> {
  const funded = scenes.reduce((sum, { accounts }) => sum + accounts, 0)
  const wrong: string[] = []
  for (const name of contenders) {
    const audit = await books[name].audit()
    const expected = 2 * (made[name] + funded)
    wrong.push(...audit.wrong.map((what) => `${name}: ${what}`))
    if (audit.entries !== expected) {
      wrong.push(`${name}: there are ${audit.entries} entries, not ${expected}`)
    }
  }
  return wrong
}

async function run(args: readonly string[]): Promise<boolean> {
  const { json, callers, seconds, rounds } = options(args, defaults)
  const folder = mkdtempSync(join(tmpdir(), 'realmkit-ledger-'))
  const postgres = await startPostgres({ max_wal_size: '4GB' })
  try {
    const books = await openBooks(postgres.url, join(folder, 'ledger.db'))
    const made: Record<Name, number> = { naive: 0, postgres: 0, sqlite: 0 }
    const findings: Findings[] = []
    for (const scene of scenes) {
      const times = { warmUpMs: WARM_UP_MS, measuredMs: seconds * 1000 }
      const load = { name: scene.name, accounts: namesOf(scene), callers, ...times }
      const ran = await runScene(books, load, rounds)
      const wrong: string[] = []
      for (const name of contenders) {
        for (const outcome of ran[name]) {
          made[name] += outcome.made
          if (outcome.refused > 0) wrong.push(`${name}: ${outcome.refused} were refused`)
        }
      }
      findings.push({ scene: scene.name, figures: figuresOf(ran, scene.timesNaive), wrong })
    }
    findings.push({ scene: 'audit', figures: [], wrong: await auditAll(books, made) })
    for (const name of contenders) await books[name].close()
    return report('ledger', findings, json)
  } finally {
    await postgres.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

export const bench: Bench = {
  about: 'Ledger transfers per second, beside one PostgreSQL transaction for each request.',
  usage: '[--json] [--callers 2000] [--seconds 3] [--rounds 3]',
  needsPeers: false,
  run,
}
