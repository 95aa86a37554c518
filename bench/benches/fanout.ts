import { parseArgs } from 'node:util'
import { bunExecutable } from '../../scripts/lib/bun.ts'
import { held, measure, type Outcome, type Plan } from '../fanout/measure.ts'
import { type Bench, number, numbers, progress, UsageError } from '../lib/bench.ts'
import { canPin } from '../lib/child.ts'
import { round } from '../lib/stats.ts'
import { table } from '../lib/table.ts'
import { sideFor, TICK_HZ } from '../scene.ts'

/** Ours first, because the floor sends frames of the sizes that ours sent. */
const CONTENDERS = ['ours', 'floor', 'colyseus'] as const
type Name = (typeof CONTENDERS)[number]
type Outcomes = Partial<Record<Name, Outcome>>

const SAMPLES = 20
const WINDOW_SECONDS = 5
const WINDOWS_MIN = 3
/** Bytes per visible avatar to size the floor's frames by while there are none of ours. */
const NOMINAL_BYTES = 6
const VIEWS_MIN = 100
const FRAMES_MIN_SHARE = 0.9
const LOAD_CPU_SHARE_MAX = 0.95

interface Options {
  readonly json: boolean
  readonly scenes: readonly number[]
  readonly contenders: readonly Name[]
  /** `node`, `bun`, or the path of an executable. */
  readonly runtime: string
  readonly plan: Omit<Plan, 'visible'>
}

function parse(args: readonly string[]): Options {
  const texts = {
    visible: { type: 'string', default: '25,100,280' },
    clients: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '20' },
    'warm-up': { type: 'string', default: '15' },
    contenders: { type: 'string', default: CONTENDERS.join() },
    runtime: { type: 'string', default: 'node' },
    json: { type: 'boolean', default: false },
  } as const
  let values: ReturnType<typeof parseArgs<{ options: typeof texts }>>['values']
  try {
    values = parseArgs({ args: [...args], options: texts }).values
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
  const names = values.contenders.split(',')
  const contenders = CONTENDERS.filter((name) => names.includes(name))
  if (contenders.length !== names.length) {
    throw new UsageError(`--contenders takes some of ${CONTENDERS.join()}`)
  }
  const seconds = number(values.seconds, 'seconds')
  const windows = Math.max(WINDOWS_MIN, Math.round(seconds / WINDOW_SECONDS))
  const clients = number(values.clients, 'clients')
  const scenes = numbers(values.visible, 'visible')
  try {
    for (const visible of scenes) sideFor(visible, clients)
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
  const plan = {
    clients,
    samples: Math.min(SAMPLES, clients),
    warmUpMs: number(values['warm-up'], 'warm-up') * 1000,
    windows,
    windowMs: (seconds * 1000) / windows,
    execPath: executable(values.runtime),
  }
  return { json: values.json, scenes, contenders, runtime: values.runtime, plan }
}

function executable(runtime: string): string {
  if (runtime === 'node') return process.execPath
  return runtime === 'bun' ? bunExecutable() : runtime
}

/** What was wrong with one contender's run; empty if nothing was. */
function complaints({ verdict, framesMinShare, lost }: Outcome): string[] {
  const found: string[] = []
  if (lost > 0) found.push(`${lost} connections lost`)
  if (framesMinShare < FRAMES_MIN_SHARE) {
    found.push(`a client got only ${percent(framesMinShare)} of the frames`)
  }
  if (verdict === undefined) return found
  if (verdict.views < VIEWS_MIN) found.push(`only ${verdict.views} views could be compared`)
  if (verdict.missing > 0) found.push(`${verdict.missing} avatars in view were not delivered`)
  if (verdict.wrong > 0) found.push(`${verdict.wrong} avatars were delivered wrong`)
  return found
}

const percent = (share: number) => `${round(share * 100, 0)} %`

function describe(name: Name, outcome: Outcome): string {
  const windows = outcome.windowsUs.map((us) => us.toFixed(1)).join(' ')
  const { verdict } = outcome
  const seen =
    verdict === undefined
      ? 'nothing to decode'
      : `${verdict.views} views compared, ${round(verdict.deliveredMean, 1)} avatars delivered`
  const parts = [
    `  ${name}: ${outcome.us.toFixed(1)} µs (${windows})`,
    `user ${outcome.userUs.toFixed(1)}, system ${outcome.systemUs.toFixed(1)}`,
    `${outcome.hz.toFixed(2)} Hz at ${percent(outcome.cpuShare)} of a core`,
    `${outcome.bytesPerTick.toFixed(0)} B a tick`,
    `${outcome.commandsPerTick.toFixed(2)} commands a tick`,
    seen,
  ]
  return parts.join(' · ')
}

function warnings(name: Name, outcome: Outcome): string[] {
  const found: string[] = []
  if (!held(outcome.hz)) {
    found.push(
      `${name} did not hold ${TICK_HZ} Hz; its server used ${percent(outcome.cpuShare)} of a core`,
    )
  }
  if (outcome.loadCpuShare > LOAD_CPU_SHARE_MAX) {
    found.push(`the clients used their whole core while ${name} was measured`)
  }
  return found
}

/** Runs all contenders through one scene. @returns Their outcomes, and whether checks held. */
async function runScene(visible: number, options: Options): Promise<[Outcomes, boolean]> {
  const outcomes: Outcomes = {}
  let fine = true
  progress(`about ${visible} visible`)
  for (const name of options.contenders) {
    const sizes = outcomes.ours?.frameBytes ?? [Math.round(visible * NOMINAL_BYTES)]
    const outcome = await measure(name, { ...options.plan, visible }, sizes)
    if ('unavailable' in outcome) {
      progress(`  ${name}: left out, ${outcome.unavailable}`)
      continue
    }
    outcomes[name] = outcome
    progress(describe(name, outcome))
    for (const warning of warnings(name, outcome)) progress(`  ! ${warning}`)
    for (const complaint of complaints(outcome)) {
      progress(`  ✗ ${name}: ${complaint}`)
      fine = false
    }
  }
  return [outcomes, fine]
}

const perSecond = (outcome: Outcome | undefined) =>
  outcome === undefined ? null : Math.round(outcome.bytesPerTick * TICK_HZ)

function jsonLine(visible: number, { floor, ours, colyseus }: Outcomes, runtime: string): string {
  const us = (outcome: Outcome | undefined) => (outcome ? round(outcome.us, 2) : null)
  const hz = (outcome: Outcome | undefined) => (outcome ? round(outcome.hz, 2) : null)
  const seen = (outcome: Outcome | undefined) =>
    outcome?.verdict ? round(outcome.verdict.deliveredMean, 1) : null
  const verdict = ours?.verdict ?? colyseus?.verdict
  return JSON.stringify({
    bench: 'fanout',
    visible,
    runtime,
    floorUs: us(floor),
    oursUs: us(ours),
    colyseusUs: us(colyseus),
    floorBytes: perSecond(floor),
    oursBytes: perSecond(ours),
    colyseusBytes: perSecond(colyseus),
    visibleMean: verdict ? round(verdict.exactMean, 1) : null,
    oursDelivered: seen(ours),
    colyseusDelivered: seen(colyseus),
    hz: { floor: hz(floor), ours: hz(ours), colyseus: hz(colyseus) },
    floorSizedBy: ours ? 'ours' : 'nominal',
  })
}

function humanTable(scenes: readonly (readonly [number, Outcomes])[]): string {
  const head = ['visible', 'contender', 'µs', '× floor', 'Hz', 'KB/s', 'delivered', 'in view']
  const rows: string[][] = []
  for (const [visible, outcomes] of scenes) {
    for (const name of ['floor', 'ours', 'colyseus'] as const) {
      const outcome = outcomes[name]
      if (outcome === undefined) continue
      rows.push([
        String(visible),
        name,
        outcome.us.toFixed(1),
        outcomes.floor ? (outcome.us / outcomes.floor.us).toFixed(2) : '–',
        `${held(outcome.hz) ? '' : '! '}${outcome.hz.toFixed(1)}`,
        ((perSecond(outcome) ?? 0) / 1000).toFixed(1),
        outcome.verdict?.deliveredMean.toFixed(1) ?? '–',
        outcome.verdict?.exactMean.toFixed(1) ?? '–',
      ])
    }
  }
  return table(head, rows)
}

export const bench: Bench = {
  about: 'Server CPU per client and tick to show every client the moving avatars around it.',
  usage:
    '[--json] [--visible 25,100,280] [--clients 1000] [--seconds 20] [--warm-up 15] ' +
    '[--contenders ours,floor,colyseus] [--runtime node]',
  needsPeers: true,
  run: async (args) => {
    const options = parse(args)
    if (!canPin()) progress('! no taskset or a single core: server and clients share cores')
    const scenes: [number, Outcomes][] = []
    let fine = true
    for (const visible of options.scenes) {
      const [outcomes, sceneFine] = await runScene(visible, options)
      fine &&= sceneFine
      scenes.push([visible, outcomes])
      const line = jsonLine(visible, outcomes, options.runtime)
      if (options.json) process.stdout.write(`${line}\n`)
    }
    if (!options.json) {
      process.stdout.write(`\n${humanTable(scenes)}\n\n`)
      process.stdout.write('µs: server CPU per client-tick. KB/s: payload per client at 20 Hz.\n')
    }
    return fine
  },
}
