import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Audit } from '../drills/audit.ts'
import { type Kind, kinds } from '../drills/cluster.ts'
import { type Fault, type Felt, runDrill } from '../drills/drill.ts'
import { services } from '../drills/player.ts'
import { type Bench, number, progress, UsageError } from '../lib/bench.ts'
import { median, round } from '../lib/stats.ts'
import { table } from '../lib/table.ts'
import { seeded } from '../rig/random.ts'

const REACH_P99_MS = 5_000
const PAUSE_MS_MIN = 5_000
const PAUSE_MS_MAX = 30_000

interface Options {
  readonly json: boolean
  readonly each: number
  readonly kinds: readonly Kind[]
  readonly faults: readonly Fault['fault'][]
  readonly clusters: number
  readonly players: number
  readonly pauseMsMax: number
  readonly seed: number
  readonly keepLogs: boolean
}

function parse(args: readonly string[]): Options {
  const texts = {
    each: { type: 'string', default: '50' },
    kinds: { type: 'string', default: kinds.filter((kind) => kind !== 'center').join() },
    faults: { type: 'string', default: 'kill,pause' },
    clusters: { type: 'string', default: '1' },
    players: { type: 'string', default: '8' },
    'pause-seconds': { type: 'string', default: String(PAUSE_MS_MAX / 1000) },
    seed: { type: 'string', default: '1' },
    'keep-logs': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  } as const
  let values: ReturnType<typeof parseArgs<{ options: typeof texts }>>['values']
  try {
    values = parseArgs({ args: [...args], options: texts }).values
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
  const some = <T extends string>(option: string, text: string, known: readonly T[]): T[] =>
    text.split(',').map((name) => {
      const found = known.find((one) => one === name)
      if (found === undefined) throw new UsageError(`--${option} takes some of ${known.join()}`)
      return found
    })
  return {
    json: values.json,
    each: number(values.each, 'each'),
    kinds: some('kinds', values.kinds, kinds),
    faults: some('faults', values.faults, ['kill', 'pause'] as const),
    clusters: number(values.clusters, 'clusters'),
    players: number(values.players, 'players'),
    pauseMsMax: Math.max(PAUSE_MS_MIN, number(values['pause-seconds'], 'pause-seconds') * 1000),
    seed: number(values.seed, 'seed'),
    keepLogs: values['keep-logs'],
  }
}

/** All faults in an order that is drawn, dealt to the clusters. */
function dealt({ each, kinds: wanted, faults, clusters, pauseMsMax, seed }: Options): Fault[][] {
  const random = seeded(seed)
  const all = wanted.flatMap((kind) =>
    faults.flatMap((fault) =>
      Array.from({ length: each }, (_, index): Fault & { readonly place: number } => {
        const pauseMs = PAUSE_MS_MIN + random() * (pauseMsMax - PAUSE_MS_MIN)
        return { kind, fault, index, place: random(), pauseMs: fault === 'kill' ? 0 : pauseMs }
      }),
    ),
  )
  all.sort((a, b) => a.place - b.place)
  return Array.from({ length: clusters }, (_, cluster) =>
    all.filter((_fault, index) => index % clusters === cluster),
  )
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`

function describe({ name, fault, pauseMs, downMs, backMs, settled }: Felt): string {
  const killed = downMs === 0 ? 'killed' : `killed, up after ${seconds(downMs)}`
  const what = fault === 'kill' ? killed : `stopped for ${seconds(pauseMs)}`
  const back = services.map((service) => `${service} ${seconds(backMs[service])}`)
  return `  ${name} ${what}: back after ${back.join(', ')}${settled ? '' : ' — NOT SETTLED'}`
}

interface Line {
  readonly kind: Kind
  readonly fault: Fault['fault']
  readonly times: number
  readonly unsettled: number
  /** By the last of all services and players of each fault, in ms. */
  readonly backP50Ms: number
  readonly backP99Ms: number
  /** Of servers: until they were up again, in ms. */
  readonly downP50Ms: number
  readonly reached: boolean
}

/** One line for each kind of process and fault. */
function linesOf(felts: readonly Felt[]): Line[] {
  const groups = Map.groupBy(felts, ({ kind, fault }) => `${kind} ${fault}`)
  return [...groups.values()].map((group) => {
    const [{ kind, fault }] = group as [Felt]
    const backs = group.map(({ backMs }) => Math.max(...Object.values(backMs)))
    backs.sort((a, b) => a - b)
    const part = (share: number) =>
      round(backs[Math.min(backs.length - 1, Math.floor(share * backs.length))] ?? Number.NaN, 0)
    const [backP50Ms, backP99Ms] = [part(0.5), part(0.99)]
    const downP50Ms = round(median(group.map(({ downMs }) => downMs)), 0)
    const unsettled = group.filter(({ settled }) => !settled).length
    const reached = unsettled === 0 && backP99Ms <= REACH_P99_MS
    const back = { backP50Ms, backP99Ms, downP50Ms }
    return { kind, fault, times: group.length, unsettled, ...back, reached }
  })
}

function summed(audits: readonly Audit[]) {
  const sum = (of: (audit: Audit) => number) => audits.reduce((all, one) => all + of(one), 0)
  return {
    acknowledged: sum(({ acknowledged }) => acknowledged),
    unknown: sum(({ unknown }) => unknown),
    doneUnknown: sum(({ doneUnknown }) => doneUnknown),
    lost: sum(({ lost }) => lost),
    doubled: sum(({ doubled }) => doubled),
    wrong: audits.flatMap(({ wrong }) => wrong),
  }
}

function show(lines: readonly Line[], books: ReturnType<typeof summed>, json: boolean): void {
  if (json) {
    for (const line of lines)
      process.stdout.write(`${JSON.stringify({ bench: 'drill', ...line })}\n`)
    process.stdout.write(`${JSON.stringify({ bench: 'drill', scene: 'audit', ...books })}\n`)
    return
  }
  const rows = lines.map(({ kind, fault, times, unsettled, reached, ...ms }) => [
    `${kind} ${fault}`,
    ...[times, unsettled, ms.downP50Ms, ms.backP50Ms, ms.backP99Ms].map(String),
    reached ? '✔' : '✗',
  ])
  const head = ['fault', 'times', 'unsettled', 'down p50 ms', 'back p50 ms', 'p99 ms', '≤ 5 s']
  const { acknowledged, unknown, doneUnknown, lost, doubled } = books
  process.stdout.write(`\n${table(head, rows)}\n\n`)
  process.stdout.write(
    `${acknowledged} works acknowledged: ${lost} lost, ${doubled} doubled; of ${unknown} without ` +
      `an answer ${doneUnknown} were done\n`,
  )
}

async function run(args: readonly string[]): Promise<boolean> {
  const options = parse(args)
  const folder = mkdtempSync(join(tmpdir(), 'realmkit-drill-'))
  const felts: Felt[] = []
  const felt = (one: Felt): void => {
    progress(describe(one))
    felts.push(one)
  }
  try {
    const audits = await Promise.all(
      dealt(options).map((faults, cluster) => {
        const logs = mkdtempSync(join(folder, `cluster-${cluster}-`))
        return runDrill({ faults, players: options.players, folder: logs, felt })
      }),
    )
    const lines = linesOf(felts)
    const books = summed(audits)
    for (const what of books.wrong.slice(0, 20)) progress(`✗ ${what}`)
    show(lines, books, options.json)
    const kept = books.lost === 0 && books.doubled === 0 && books.wrong.length === 0
    return kept && lines.every(({ reached }) => reached)
  } finally {
    if (options.keepLogs) progress(`logs: ${folder}`)
    else rmSync(folder, { recursive: true, force: true })
  }
}

export const bench: Bench = {
  about: 'Kills and stops every kind of process of real clusters under players; then an audit.',
  usage:
    '[--json] [--each 50] [--kinds gate,logic,room,world,nats,postgres] [--faults kill,pause] ' +
    '[--clusters 1] [--players 8] [--pause-seconds 30] [--seed 1] [--keep-logs]',
  needsPeers: false,
  run,
}
