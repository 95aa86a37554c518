import { type Audit, audit } from './audit.ts'
import { type Cluster, type Kind, sleep, startCluster } from './cluster.ts'
import { DrillPlayer, type Service, services } from './player.ts'

/** One fault and what players felt of it. */
export interface Felt {
  readonly kind: Kind
  readonly fault: 'kill' | 'pause'
  /** The process or server. */
  readonly name: string
  readonly pauseMs: number
  /** How long a killed server took to be up again; 0 for nodes, which others stand in for. */
  readonly downMs: number
  /** When the last player had the service back, after the fault: 0 where nobody missed it. */
  readonly backMs: Readonly<Record<Service, number>>
  /** Whether everything was back before the next fault. */
  readonly settled: boolean
}

export interface Drill {
  readonly faults: readonly Fault[]
  readonly players: number
  /** Where logs go. */
  readonly folder: string
  felt(felt: Felt): void
}

/** A fault that is to come. */
export interface Fault {
  readonly kind: Kind
  readonly fault: 'kill' | 'pause'
  readonly pauseMs: number
  /** Of the player that is to feel it. */
  readonly index: number
}

/** Everything has succeeded for so long, and the next fault may come. */
const CALM_MS = 2_000
const CALM_SUCCESSES_MS = 800
const SETTLE_MS_MAX = 40_000
/** Until nothing that was begun can still be on its way. */
const LAST_MS = 5_000

/** One cluster through its faults, one after the other; then the audit. */
export async function runDrill({ faults, players, folder, felt }: Drill): Promise<Audit> {
  const cluster = await startCluster(folder, 4 * players)
  try {
    const names = Array.from({ length: players }, (_, index) => `player-${index}`)
    const all = names.map((name, index) => {
      const friend = names[(index + 1) % names.length] ?? name
      const urls = index % 2 === 0 ? cluster.urls : cluster.urls.toReversed()
      return new DrillPlayer(name, friend, urls)
    })
    for (const player of all) player.start()
    await calm(all)
    for (const fault of faults) felt(await strike(cluster, all, fault))
    await sleep(LAST_MS)
    await Promise.all(all.map((player) => player.end()))
    // What counts is what is durable: nothing may come from a memory.
    await cluster.restartNodes()
    return await audit(cluster, all)
  } finally {
    await cluster.close()
  }
}

async function strike(
  cluster: Cluster,
  players: readonly DrillPlayer[],
  { kind, fault, pauseMs, index }: Fault,
): Promise<Felt> {
  const struck = players[index % players.length] as DrillPlayer
  const part = await cluster.victim(kind, struck.id)
  const at = performance.now()
  for (const { successes } of players) {
    for (const service of services) successes[service].forget(at - LAST_MS)
  }
  // Nobody can do without the one bus and the one store: they are missed while they stand still.
  const replaceable = kind !== 'nats' && kind !== 'postgres'
  let goesOn = at
  let downMs = 0
  if (fault === 'kill') {
    await part.kill()
    if (!replaceable) downMs = performance.now() - at
  } else {
    part.pause()
    await sleep(pauseMs)
    part.resume()
    goesOn = performance.now()
  }
  const settled = await calm(players)
  const until = performance.now()
  const back = (service: Service): number =>
    Math.max(
      ...players.map(({ successes }) => {
        const timeline = successes[service]
        if (fault === 'kill') return timeline.backAfterMs(at, until)
        const after = timeline.backAfterMs(goesOn, until)
        return replaceable ? Math.max(after, timeline.backAfterMs(at, goesOn)) : after
      }),
    )
  const backMs = { work: back('work'), room: back('room'), world: back('world') }
  return { kind, fault, name: part.name, pauseMs, downMs, backMs, settled }
}

/** Waits until all players have had every service for a while; whether that came to be. */
async function calm(players: readonly DrillPlayer[]): Promise<boolean> {
  const end = performance.now() + SETTLE_MS_MAX
  let since = performance.now()
  while (performance.now() < end) {
    await sleep(100)
    const now = performance.now()
    const served = players.every(({ successes }) =>
      services.every((service) => now - (successes[service].last ?? 0) < CALM_SUCCESSES_MS),
    )
    if (!served) since = now
    else if (now - since >= CALM_MS) return true
  }
  return false
}
