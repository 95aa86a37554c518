import { call, defineActor, defineGame, u32 } from '../../src/index.ts'
import { memoryStore } from '../../src/store/index.ts'
import { startHost } from '../actors/host.ts'
import { type Bench, progress } from '../lib/bench.ts'
import { median } from '../lib/stats.ts'
import { type Findings, options, report } from '../rig/report.ts'

const defaults = { seconds: 5, callers: 100, services: 2_000 }
type Options = typeof defaults

/** Skynet 1.7 (C and Lua) with two threads on the same machine, times what is to be reached. */
const REACH_SEQUENTIAL = 5 * 150_000
const REACH_CONCURRENT = 5 * 61_000
const REACH_SENDS = 10 * 335_000

const ROUND_CALLS = 20_000
const ROUND_SENDS = 1_000
/** Prime, so that a caller comes to all services. */
const STRIDE = 7_919

let heard = 0
let keys: readonly string[] = []

const echo = defineActor(
  { state: {} },
  {
    calls: {
      ping: call({ n: u32 }, { n: u32 }, (_self, { n }) => ({ n })),
      note: call({ n: u32 }, {}, () => {
        heard += 1
        return {}
      }),
    },
  },
)

/** Calls from handler to handler, as game code makes them. */
const driver = defineActor(
  { state: {} },
  {
    calls: {
      call: call({ calls: u32, services: u32, seed: u32 }, {}, async (self, input) => {
        const { calls, services, seed } = input
        let at = seed
        for (let n = 0; n < calls; n += 1) {
          at = (at + STRIDE) % services
          const answer = await self.actor(echo, keys[at] as string).ping({ n })
          if (answer.n !== n) throw new Error(`${n} was answered by ${answer.n}`)
        }
        return {}
      }),
      send: call({ sends: u32 }, {}, (self, { sends }) => {
        const other = self.send(echo, 'e0')
        for (let n = 0; n < sends; n += 1) other.note({ n })
        return {}
      }),
    },
  },
)

/** Runs rounds for a while. @returns what a second made of each round, median */
async function rate(
  seconds: number,
  perRound: number,
  round: () => Promise<void>,
): Promise<number> {
  await round()
  const rates: number[] = []
  const endMs = performance.now() + seconds * 1000
  while (performance.now() < endMs) {
    const begunMs = performance.now()
    await round()
    rates.push((perRound * 1000) / (performance.now() - begunMs))
  }
  return median(rates)
}

/** What the same loop costs around a bare function that returns a promise. */
async function floor(seconds: number): Promise<number> {
  const ping = async ({ n }: { n: number }): Promise<{ n: number }> => ({ n })
  return rate(seconds, ROUND_CALLS, async () => {
    for (let n = 0; n < ROUND_CALLS; n += 1) await ping({ n })
  })
}

async function measure({ seconds, callers, services }: Options): Promise<Findings[]> {
  keys = Array.from({ length: services }, (_, n) => `e${n}`)
  const game = defineGame({ actors: { echo, driver } })
  const { host, close } = await startHost(game, memoryStore())
  const drive = (n: number) => host.scope.actor(driver, `d${n}`)
  progress('one caller')
  const sequential = await rate(seconds, ROUND_CALLS, async () => {
    await drive(0).call({ calls: ROUND_CALLS, services: 1, seed: 0 })
  })
  progress(`${callers} callers, ${services} services`)
  const each = ROUND_CALLS / 20
  const concurrent = await rate(seconds, each * callers, async () => {
    const all = Array.from({ length: callers }, (_, n) =>
      drive(n).call({ calls: each, services, seed: n * 17 }),
    )
    await Promise.all(all)
  })
  progress('sends')
  const before = heard
  let sent = 0
  const sends = await rate(seconds, ROUND_SENDS * 100, async () => {
    for (let turn = 0; turn < 100; turn += 1) {
      await drive(0).send({ sends: ROUND_SENDS })
      sent += ROUND_SENDS
    }
  })
  const bare = await floor(seconds / 5)
  await close()
  const wrong = heard - before === sent ? [] : [`${heard - before} of ${sent} sends were heard`]
  const figure = (what: string, key: string, value: number, reachAtLeast?: number) => ({
    ...{ what, key, unit: '/s', value },
    ...(reachAtLeast !== undefined && { reachAtLeast }),
  })
  return [
    {
      scene: 'in one process',
      wrong,
      figures: [
        figure('calls, one after the other', 'sequentialPerS', sequential, REACH_SEQUENTIAL),
        figure(
          `calls, ${callers} callers over ${services} actors`,
          'concurrentPerS',
          concurrent,
          REACH_CONCURRENT,
        ),
        figure('sends', 'sendsPerS', sends, REACH_SENDS),
        figure('bare awaited functions', 'floorPerS', bare),
      ],
    },
  ]
}

export const bench: Bench = {
  about: 'Calls and sends from actor to actor in one process, with nothing to store.',
  usage: '[--json] [--seconds 5] [--callers 100] [--services 2000]',
  needsPeers: false,
  run: async (args) => {
    const of = options(args, defaults)
    return report('actor', await measure(of), of.json)
  },
}
