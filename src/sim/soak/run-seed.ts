import { simWorld } from '../world.ts'
import { Draw } from './draw.ts'
import { Books } from './judges/books.ts'
import { watchBounds } from './judges/bounds.ts'
import { Operations } from './judges/operations.ts'
import { Owners } from './judges/owners.ts'
import { Reminders } from './judges/reminders.ts'
import { drawPlan } from './plan.ts'
import { Player } from './player.ts'
import { Stage, type WrapPorts } from './stage.ts'
import { Trouble } from './trouble.ts'
import { type Note, type Verdict, Verdicts } from './verdicts.ts'

/** What one seed came to. */
export interface SeedResult {
  readonly seed: number
  readonly simMs: number
  readonly faultKinds: ReadonlyMap<string, number>
  readonly acknowledged: number
  readonly verdicts: readonly Verdict[]
  /** What happened, oldest first; only the newest where there was much. */
  readonly notes: readonly Note[]
  readonly traceHash: string
}

/**
 * How long everything may take to settle once nothing is wrong any more: what has crashed again and
 * again is left alone for a minute at most.
 */
const settleMsMax = 70_000
/** How long players go on once nothing is wrong any more. */
const calmPlayMs = 5_000
/** Reminders may be due so long after the last one was set, and are found a second later. */
const remindersMs = 25_000

/** Plays one seed through: faults first, then none, then the judgement. */
export async function runSeed(
  seed: number,
  plant: (draw: Draw) => WrapPorts = () => (ports) => ports,
): Promise<SeedResult> {
  const world = simWorld(seed)
  const verdicts = new Verdicts(() => world.clock.now())
  const draw = new Draw(world.random.fork('soak'))
  const plan = drawPlan(draw.fork('plan'))
  const stage = new Stage(world, plan, draw, verdicts, plant(draw.fork('canary')))
  const operations = new Operations(verdicts, () => world.clock.now())
  const reminders = new Reminders(verdicts, operations.all, () => stage.wallSpreadMs)
  const owners = new Owners(verdicts)
  const books = new Books(verdicts)
  world.storage.watch((commit) => {
    owners.commit(commit)
    books.commit(commit)
    reminders.commit(commit, world.clock.now())
  })
  for (const node of stage.nodes) stage.later(draw.between(0, 2_000), () => stage.start(node))
  const players = Array.from({ length: plan.players }, (_, index) => {
    return new Player(stage, operations, { name: `c${index}`, urls: someGates(stage, draw) })
  })
  for (const player of players) stage.later(draw.between(0, 5_000), () => player.start())
  watchBounds(stage)
  const trouble = new Trouble({ stage, players }, draw.fork('trouble'))

  await world.run(plan.safetyMs)
  trouble.stop()
  verdicts.note('— from here on nothing goes wrong —')
  await world.run(calmPlayMs)
  for (const player of players) player.rest()
  await settled(stage, players, operations)
  await world.run(remindersMs)
  await judge(stage, players, { operations, books, reminders })
  for (const error of world.errors) verdicts.report('stuck', `something threw: ${String(error)}`)
  return {
    seed,
    simMs: world.clock.now(),
    faultKinds: trouble.kinds,
    acknowledged: operations.acknowledged,
    verdicts: verdicts.found,
    notes: verdicts.notes,
    traceHash: world.trace.hash,
  }
}

/** Some know one gate only and learn of the others, some know several. */
function someGates({ gates }: Stage, draw: Draw): string[] {
  const first = draw.one(gates)
  const others = draw.chance(0.5) ? draw.some(gates, 0).filter((gate) => gate !== first) : []
  return [first, ...others].map(({ url }) => url)
}

/** Lets time pass until nobody waits for anything. */
async function settled(stage: Stage, players: Player[], operations: Operations): Promise<void> {
  const { world, verdicts, nodes } = stage
  const endMs = world.clock.now() + settleMsMax
  const waiting = (): string[] => [
    ...nodes.filter(({ state }) => state !== 'up').map(({ plan }) => `${plan.name} is not up`),
    ...nodes
      .filter(({ realm }) => (realm?.stats().host.parked ?? 0) > 0)
      .map(({ plan }) => `${plan.name} leaves somebody alone`),
    ...players
      .filter((player) => !player.settled)
      .map(({ name, realm }) => `${name} waits, and is ${realm?.status}`),
    ...stage.doings().map((doing) => `${doing} without an end`),
    ...(operations.pending > 0 ? [`${operations.pending} calls are not answered`] : []),
  ]
  while (waiting().length > 0 && world.clock.now() < endMs) await world.run(500)
  for (const text of waiting()) verdicts.report('stuck', text)
}

interface Judges {
  readonly operations: Operations
  readonly books: Books
  readonly reminders: Reminders
}

/** Reads what every purse has kept, and holds it to all that was asked for and told. */
async function judge(
  stage: Stage,
  players: Player[],
  { operations, books, reminders }: Judges,
): Promise<void> {
  const { world, verdicts, purses } = stage
  const player = players.find(({ settled }) => settled)
  const logs = new Map<string, readonly number[]>()
  if (player === undefined) return
  for (const purse of purses) {
    const kept = await world.until(player.look(purse), 30_000).catch((error: unknown) => {
      verdicts.report('stuck', `${purse} does not answer: ${String(error)}`)
    })
    if (!kept) return
    logs.set(purse, kept.log)
    operations.final(purse, kept.log)
    judgeMirrors(verdicts, players, purse, kept.log)
    reminders.final(purse, kept)
  }
  await world.until(books.final(logs, operations.all, world.store()))
}

/** Who watches a purse sees in the end what it keeps. */
function judgeMirrors(
  verdicts: Verdicts,
  players: readonly Player[],
  purse: string,
  log: readonly number[],
): void {
  for (const { name, watched } of players) {
    const seen = watched.get(purse)?.()
    if (seen === undefined || String(seen) === String(log)) continue
    verdicts.report('lost', `${name} sees ${seen} in ${purse}, which has kept ${log}`)
  }
}
