import { basename, dirname, extname, resolve } from 'node:path'
import { RealmError } from '../errors/index.ts'
import { probePort } from '../net/index.ts'
import { hasUnknownGates, plansOf } from '../ops/index.ts'
import { checkApart } from './check.ts'
import { serveControl } from './control.ts'
import { humanLog, jsonLog } from './log.ts'
import { type MetricsServer, metricsOption, metricsPlace, serveMetrics } from './metrics.ts'
import type { Arguments, CommandSpec } from './options.ts'
import { withoutSecrets } from './shape.ts'
import { untilStopped } from './until-stopped.ts'
import { folderOf, loadInventory } from './up/load-inventory.ts'
import { humanReporter, jsonReporter } from './up/reporter.ts'
import { openServers, type Servers } from './up/servers.ts'
import { Supervisor } from './up/supervisor.ts'

export const upSpec: CommandSpec = {
  name: 'up',
  positional: 'INVENTORY',
  summary: 'Runs all processes of an inventory file, and starts again what ends.',
  options: {
    data: { value: 'DIR', text: 'folder for what belongs to the run (.realmkit/NAME)' },
    ...metricsOption,
    json: { text: 'one JSON line when ready, logs as JSON' },
  },
}

export async function up(args: Arguments): Promise<number> {
  const startedMs = performance.now()
  const json = args.flag('json')
  const log = json ? jsonLog('info') : humanLog('warn')
  const place = metricsPlace(args)
  const file = args.positional
  const folder = args.text('data') ?? folderOf(file)
  const inventory = await loadInventory(file)
  const plans = plansOf(inventory)
  if (hasUnknownGates(inventory)) {
    log.warn({}, 'Clients cannot go on at another gate: say with `public` where each is reached.')
  }
  let supervisor: Supervisor | undefined
  const control = await serveControl(folder, async ({ op, restart = false }, say) => {
    if (supervisor === undefined) throw new RealmError('SUPERVISOR_ABSENT', 'It is starting.')
    if (op === 'status') {
      say(await supervisor.status(basename(file, extname(file))))
      return
    }
    const next = await loadInventory(file)
    const { manifest } = await checkApart(resolve(dirname(file), next.game))
    await supervisor.roll(next, { manifest, restart }, say)
    say({ done: true })
  })
  // Gates share their ports with those that come after them: that would hide a stranger.
  const { host = '0.0.0.0' } = inventory
  for (const { port } of plans) if (port !== undefined) await probePort({ host, port })
  const servers = await openServers(inventory, { file, folder, log })
  const reporter = json ? jsonReporter() : humanReporter(plans.map(({ name }) => name))
  const running = new Supervisor(inventory, { file, servers, reporter, json })
  supervisor = running
  const metrics = await serveMetrics(place, async () => (await running.status('')).processes)
  const stopped = untilStopped()
  supervisor.start()
  const all = supervisor.allReady().then(() => true)
  const ready = await Promise.race([stopped.then(() => false), all])
  const tookMs = performance.now() - startedMs
  if (ready) announce({ name: basename(file), supervisor, servers, metrics, json, tookMs })
  await stopped
  metrics.close()
  control.close()
  await supervisor.stop()
  await servers.stop()
  return 0
}

interface Announced {
  readonly name: string
  readonly supervisor: Supervisor
  readonly servers: Servers
  readonly metrics: MetricsServer
  readonly json: boolean
  readonly tookMs: number
}

function announce({ name, supervisor, servers, metrics, json, tookMs }: Announced): void {
  const processes = supervisor.kept.map(({ plan, keeper: { life } }) => {
    const url = life?.told?.port === undefined ? undefined : `http://localhost:${life.told.port}/`
    return { name: plan.name, roles: plan.roles, pid: life?.pid, ...(url && { url }) }
  })
  const url = processes.find((one) => one.url)?.url
  if (json) {
    const more = { ...(url && { url }), ...(metrics.url && { metrics: metrics.url }) }
    process.stdout.write(`${JSON.stringify({ ready: true, ...more, processes })}\n`)
    return
  }
  const rows = processes.map((one) => [one.name, one.url ?? one.roles.join(', ')])
  const own = (started: boolean): string => (started ? ' (started with the rest)' : '')
  const shown = withoutSecrets(servers.busFor(processes[0]?.name ?? ''))
  rows.push(['bus', `${shown}${own(servers.started.bus)}`])
  rows.push(['store', `${withoutSecrets(servers.store)}${own(servers.started.store)}`])
  if (metrics.url !== undefined) rows.push(['metrics', metrics.url])
  const width = Math.max(...rows.map(([left = '']) => left.length))
  const lines = rows.map(([left = '', right]) => `    ${left.padEnd(width)}  ${right}`)
  process.stdout.write(`
  Realmkit · ${name}

${lines.join('\n')}

  ready in ${(tookMs / 1000).toFixed(1)} s · Ctrl-C stops\n\n`)
}
