import { parseArgs } from 'node:util'
import { number, progress, UsageError } from '../lib/bench.ts'
import { round } from '../lib/stats.ts'
import { table } from '../lib/table.ts'

/** One number that a bench found. */
export interface Figure {
  /** What it is, for people; the key is its name in JSON, with the unit in it. */
  readonly what: string
  readonly key: string
  readonly unit: string
  readonly value: number
  /** What it should be at most. */
  readonly reach?: number
  /** What it should be at least. */
  readonly reachAtLeast?: number
}

/** What a bench found in one scene. */
export interface Findings {
  readonly scene: string
  readonly figures: readonly Figure[]
  /** What was wrong, in words: then the figures mean nothing. */
  readonly wrong: readonly string[]
}

const WRONG_SHOWN = 3

/** The options of a bench: `--json`, and those of `defaults`, which are positive numbers. */
export function options<K extends string>(
  args: readonly string[],
  defaults: Readonly<Record<K, number>>,
): Readonly<Record<K, number>> & { readonly json: boolean } {
  const names = Object.keys(defaults) as K[]
  const texts = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]))
  let values: Record<string, string | boolean | undefined>
  try {
    const known = { ...texts, json: { type: 'boolean' as const } }
    values = parseArgs({ args: [...args], options: known }).values
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
  const given = names.map((name): [K, number] => {
    const text = values[name]
    return [name, typeof text === 'string' ? number(text, name) : defaults[name]]
  })
  const numbers = Object.fromEntries(given) as Record<K, number>
  return { ...numbers, json: values['json'] === true }
}

/**
 * Prints one JSON line for each scene, or a table of all.
 * @returns whether nothing was wrong and every figure was reached
 */
export function report(bench: string, findings: readonly Findings[], json: boolean): boolean {
  let fine = true
  for (const { scene, figures, wrong } of findings) {
    for (const what of wrong.slice(0, WRONG_SHOWN)) progress(`✗ ${scene}: ${what}`)
    if (wrong.length > WRONG_SHOWN) progress(`✗ ${scene}: and ${wrong.length - WRONG_SHOWN} more`)
    fine &&= wrong.length === 0 && !figures.some(missed)
    if (!json) continue
    const values = figures.map(({ key, value }) => [key, round(value, 3)])
    const reaches = figures.flatMap(({ key, reach, reachAtLeast }) => {
      const wanted = reach ?? reachAtLeast
      return wanted === undefined ? [] : [[key, wanted]]
    })
    const line = {
      ...{ bench, scene, ...Object.fromEntries(values) },
      reach: Object.fromEntries(reaches),
      missed: figures.filter(missed).map(({ key }) => key),
      wrong: wrong.length,
    }
    process.stdout.write(`${JSON.stringify(line)}\n`)
  }
  if (json) return fine
  const rows = findings.flatMap(({ scene, figures }) =>
    figures.map((figure, index) => [
      index === 0 ? scene : '',
      figure.what,
      shown(figure.value),
      figure.unit,
      ...wanted(figure),
    ]),
  )
  process.stdout.write(`\n${table(['scene', 'figure', 'value', 'unit', 'reach', ''], rows)}\n`)
  return fine
}

function missed({ value, reach, reachAtLeast }: Figure): boolean {
  if (reach !== undefined && !(value <= reach)) return true
  return reachAtLeast !== undefined && !(value >= reachAtLeast)
}

function wanted(figure: Figure): [string, string] {
  const { reach, reachAtLeast } = figure
  if (reach === undefined && reachAtLeast === undefined) return ['', '']
  const text = reach === undefined ? `≥ ${reachAtLeast}` : `≤ ${reach}`
  return [text, missed(figure) ? '✗' : '✔']
}

const shown = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)
