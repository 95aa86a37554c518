import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { canaries, hunt, runSeed, soak, storyOf, timelineOf } from '../src/sim/soak/index.ts'
import { SeedWorkers } from './lib/seed-workers.ts'

const usage = `npm run sim -- [--seeds N] [--from FIRST] [--seed ONE] [--json]
  Plays whole clusters under faults, one for each seed, and judges what they did.
  --seeds N     how many (default 100)
  --from FIRST  the first of them (default 1)
  --cores N     how many are played at once, each on a thread of its own (default: all cores)
  --seed ONE    plays this one alone and tells its story
  --canaries    plants bugs instead, and tells how many seeds it takes to find each
  --json        prints the last line alone; what failed goes to the standard error`

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    from: { type: 'string', default: '1' },
    cores: { type: 'string', default: String(availableParallelism()) },
    seed: { type: 'string' },
    canaries: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

/** @throws where it is no whole number from 1 on */
function whole(name: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`--${name} is a whole number from 1 on.`)
  return Number(text)
}

const progressEvery = 100

async function main(): Promise<void> {
  const one = values.seed
  const told = !values.json
  const seeds = one === undefined ? whole('seeds', values.seeds) : 1
  const cores = Math.min(seeds, whole('cores', values.cores))
  const workers = one === undefined ? new SeedWorkers(cores) : undefined
  let played = 0
  const begun = process.cpuUsage()
  const { report, where } = await soak({
    from: whole('from', one ?? values.from),
    seeds,
    atOnce: cores,
    play: (seed) => workers?.play(seed) ?? runSeed(seed),
    seconds: () => performance.now() / 1000,
    done: (result) => {
      played += 1
      if (told && one !== undefined) console.log(storyOf(result))
      if (result.verdicts.length > 0) (told ? console.log : console.error)(timelineOf(result))
      else if (told && played % progressEvery === 0) console.log(`${played} seeds`)
    },
  })
  for (const [what, seeds] of Object.entries(where)) {
    if (seeds.length > 0) console.error(`${what}: seeds ${seeds.join(', ')}`)
  }
  console.log(JSON.stringify({ ...report, ...speed(report.simSeconds, cores, begun) }))
  await workers?.close()
  if (where.failed.length + where.unrepeatable.length > 0) process.exitCode = 1
}

/** By the time of the processor, not by the clock: others use the machine, too. */
function speed(simSeconds: number, cores: number, begun: NodeJS.CpuUsage): object {
  const { user, system } = process.cpuUsage(begun)
  const processorSeconds = Math.round((user + system) / 100_000) / 10
  return { cores, processorSeconds, perProcessorSecond: Math.round(simSeconds / processorSeconds) }
}

/** Each bug must be found within so many seeds. */
const canarySeedsMax = 2_000

async function huntAll(): Promise<void> {
  const begun = performance.now()
  const found: Record<string, number | null> = {}
  for (const canary of canaries) {
    const { name, seeds, verdict } = await hunt(canary, canarySeedsMax)
    found[name] = seeds ?? null
    if (!values.json) console.log(`${String(seeds ?? '✘').padStart(5)}  ${name}\n       ${verdict}`)
  }
  const missed = Object.values(found).filter((seeds) => seeds === null).length
  const realSeconds = Math.round((performance.now() - begun) / 1000)
  console.log(JSON.stringify({ canaries: canaries.length, missed, seeds: found, realSeconds }))
  if (missed > 0) process.exitCode = 1
}

if (values.help) console.log(usage)
else if (values.canaries) await huntAll()
else await main()
