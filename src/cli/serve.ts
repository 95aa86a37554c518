import { join } from 'node:path'
import type { ProcessStatus } from '../ops/index.ts'
import { watchGame } from './dev.ts'
import { figuresOf } from './figures.ts'
import { gameLoader } from './load.ts'
import { humanLog, jsonLog } from './log.ts'
import { metricsOption, metricsPlace } from './metrics.ts'
import { type Arguments, type CommandSpec, type OptionSpec, UsageError } from './options.ts'
import { clusterOutside, soloOutside } from './outside.ts'
import { type Door, type Entrance, startServer } from './server.ts'
import {
  type ClusterShape,
  checkShapeOptions,
  type Shape,
  shapeOf,
  shapeOptions,
  withoutSecrets,
} from './shape.ts'
import { serveStatus } from './status.ts'
import { surviveStrayRejections } from './stray.ts'
import { runThreads } from './threads.ts'
import { untilStopped } from './until-stopped.ts'
import { parentLink } from './up/parent-link.ts'

const options: Readonly<Record<string, OptionSpec>> = {
  port: {
    value: 'PORT',
    text: 'port to listen on, 0 for any free one (PORT in the environment; 7777)',
  },
  host: { value: 'ADDRESS', text: 'address to listen on' },
  data: { value: 'DIR', text: 'folder of the database (.realmkit/NAME)' },
  memory: { text: 'keep nothing on disk' },
  origin: { value: 'ORIGINS', text: 'other origins whose pages may connect, separated by commas' },
  'behind-proxy': {
    text: "take clients' addresses from X-Forwarded-For: only where a proxy sets it",
  },
  json: { text: 'one JSON line when ready, logs as JSON' },
}

export const devSpec: CommandSpec = {
  name: 'dev',
  positional: 'FILE',
  summary: 'Runs a game for its developer: reloads on change, players and state stay.',
  options: { ...options, host: { value: 'ADDRESS', text: 'address to listen on (127.0.0.1)' } },
}

export const runSpec: CommandSpec = {
  name: 'run',
  positional: 'FILE',
  summary: 'Runs a game for its players.',
  options: {
    ...options,
    host: { value: 'ADDRESS', text: 'address to listen on (0.0.0.0)' },
    public: { value: 'URL', text: 'where players reach this gate, if elsewhere' },
    'share-port': { text: 'let others who say so too listen on the same port (Linux)' },
    ...shapeOptions,
    ...metricsOption,
    'stop-seconds': { value: 'S', text: 'cluster: how long handing over may take at a stop (30)' },
  },
}

export async function dev(args: Arguments): Promise<number> {
  return serve(args, 'dev', { kind: 'solo' })
}

export async function run(args: Arguments): Promise<number> {
  const shape = shapeOf(args)
  checkShapeOptions(shape, args)
  return serve(args, 'run', shape)
}

async function serve(args: Arguments, mode: 'dev' | 'run', shape: Shape): Promise<number> {
  const startedMs = performance.now()
  const json = args.flag('json')
  const log = json ? jsonLog('info') : humanLog('warn')
  const loader = gameLoader(args.positional)
  const door = doorOf(args, mode)
  const stopMs = 1000 * args.integer('stop-seconds', { min: 1, max: 3600, fallback: 30 })
  surviveStrayRejections(log)
  const game = await loader.load()
  const metrics = mode === 'run' ? metricsPlace(args) : undefined
  const ready = (entrance: Entrance | undefined, metricsUrl: string | undefined): void =>
    announce({
      entrance,
      metricsUrl,
      name: game.name,
      shape,
      mode,
      json,
      tookMs: performance.now() - startedMs,
    })
  const data = args.flag('memory') ? undefined : (args.text('data') ?? join('.realmkit', game.name))
  if (shape.kind === 'threads') {
    return runThreads({
      file: loader.file,
      name: game.name,
      threads: shape.threads,
      data,
      door,
      metrics,
      json,
      log,
      ready,
    })
  }
  const parent = parentLink()
  const outside = await (shape.kind === 'solo' ? soloOutside(data) : clusterOutside(shape, log))
  const dev = mode === 'dev'
  const [gameFile, version] = [loader.file, loader.version()]
  const server = await startServer({ game, gameFile, outside, door, dev, version, log })
  const figures = figuresOf(server.realm, version)
  parent?.serveStats(figures)
  parent?.ready({ port: server.entrance?.port, manifest: game.manifestHash })
  const watching = dev ? watchGame({ loader, server, json }) : undefined
  const folder = shape.kind === 'cluster' ? join('.realmkit', shape.name) : data
  const own = (): ProcessStatus => ({
    ...{ name: outside.id, roles: outside.roles, state: 'ready', pid: process.pid, restarts: 0 },
    upSeconds: Math.round((performance.now() - startedMs) / 1000),
    ...{ port: server.entrance?.port, figures: figures() },
  })
  const asked = { folder: parent ? undefined : folder, name: game.name, metrics, log }
  const status = await serveStatus(asked, async () => [own()])
  if (parent === undefined) ready(server.entrance, status.metricsUrl)
  const handsOver = await (parent?.stopped ?? untilStopped().then(() => true))
  watching?.stop()
  status.close()
  if (handsOver) await server.leave(stopMs)
  else await server.close()
  return 0
}

function doorOf(args: Arguments, mode: 'dev' | 'run'): Door {
  return {
    host: args.text('host') ?? (mode === 'dev' ? '127.0.0.1' : '0.0.0.0'),
    port: portOf(args),
    publicUrl: publicUrlOf(args),
    reusePort: args.flag('share-port'),
    origins: args.text('origin')?.split(',') ?? [],
    behindProxy: args.flag('behind-proxy'),
  }
}

function publicUrlOf(args: Arguments): string | undefined {
  const given = args.text('public')
  if (given === undefined || (/^https?:\/\//.test(given) && URL.canParse(given))) return given
  throw new UsageError(`--public takes a URL such as https://game.example, not '${given}'`)
}

function portOf(args: Arguments): number {
  const given = process.env['PORT'] ?? ''
  const fallback = given === '' ? 7777 : Number(given)
  const port = args.integer('port', { min: 0, max: 65_535, fallback })
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  throw new UsageError(`PORT takes a whole number from 0 to 65535, not '${given}'`)
}

interface Announced {
  readonly entrance: Entrance | undefined
  readonly metricsUrl: string | undefined
  /** Of the game. */
  readonly name: string
  readonly shape: Shape
  readonly mode: 'dev' | 'run'
  readonly json: boolean
  readonly tookMs: number
}

function announce(announced: Announced): void {
  const { entrance, metricsUrl, name, shape, mode, json, tookMs } = announced
  const playground = entrance && `${entrance.url}playground/`
  if (json) {
    const own = shape.kind === 'cluster' ? { name: shape.name, roles: shape.roles } : {}
    const more = { ...(playground && { playground }), ...(metricsUrl && { metrics: metricsUrl }) }
    const line = { ready: true, ...own, ...entrance, ...more }
    process.stdout.write(`${JSON.stringify(line)}\n`)
    return
  }
  const rows: [string, string][] = []
  if (entrance) rows.push(['game', entrance.url], ['playground', playground ?? ''])
  if (shape.kind === 'threads') rows.push(['threads', String(shape.threads)])
  if (shape.kind === 'cluster') rows.push(...clusterRows(shape))
  if (metricsUrl) rows.push(['metrics', metricsUrl])
  const lines = rows.map(([left, right]) => `    ${left.padEnd(12)} ${right}`).join('\n')
  const hint = mode === 'dev' ? 'reloads when a file changes · ' : ''
  process.stdout.write(`
  Realmkit · ${name}

${lines}

  ready in ${Math.round(tookMs)} ms · ${hint}Ctrl-C stops\n\n`)
}

function clusterRows(shape: ClusterShape): [string, string][] {
  return [
    ['process', `${shape.name} (${shape.roles.join(', ')})`],
    ['bus', withoutSecrets(shape.bus)],
    ['store', withoutSecrets(shape.store)],
  ]
}
