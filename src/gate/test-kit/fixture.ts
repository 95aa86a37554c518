import { type Block, defineGame, type Game, type GameSpec, loadGame } from '../../actor/index.ts'
import type { HttpResponse, Store } from '../../ports/index.ts'
import { decode, encode, f32, record, text, u8 } from '../../schema/index.ts'
import { memoryStore } from '../../store/index.ts'
import { createGate, type Gate, type GateLimits, type GateOptions } from '../index.ts'
import { FakeHost, type FakeNode, fakeNode, seededRandom } from './fake-node.ts'
import { FakeListener, FakeSocket } from './fake-socket.ts'
import { settled, VirtualClock } from './virtual-clock.ts'

export const Walk = record({ dx: f32, dy: f32 })
export const Say = record({ words: text({ max: 32 }) })
export const Options = record({ team: u8 })

const block: Omit<Block, 'kind' | 'describe'> = {
  inputs: [],
  joinOptions: undefined,
  access: [],
  watch: 'anyone',
}
const face = { calls: [], commands: [], events: [] }
const say = { name: 'say', input: Say.describe(), output: Say.describe() }

/** Answers with what was said, in capitals; fails for `boom`, never answers to `never`. */
const echo: Block = {
  ...block,
  kind: 'service',
  describe: () => ({ ...face, kind: 'service', calls: [say, { ...say, name: 'secret' }] }),
  inputs: [Say, Say],
  access: ['anyone', 'server'],
  serve: async (_scope, { input }) => {
    const { words } = decode(Say, input)
    if (words === 'boom') throw new Error('a bug of the game')
    if (words === 'never') return new Promise(() => {})
    return encode(Say, { words: words.toUpperCase() })
  },
}

const hero: Block = {
  ...block,
  kind: 'actor',
  describe: () => ({ ...face, kind: 'actor', calls: [say, { ...say, name: 'own' }] }),
  inputs: [Say, Say],
  access: ['anyone', 'owner'],
  watch: 'owner',
}

export const walk = { name: 'walk', input: Walk.describe(), reliable: true }
const commands = [walk, { ...walk, name: 'drift', reliable: false }]

export function plazaBlock(commandsOf = commands): Block {
  const types = commandsOf.map(() => Walk)
  return {
    ...block,
    kind: 'room',
    describe: () => ({ ...face, kind: 'room', commands: commandsOf, options: Options.describe() }),
    inputs: types,
    joinOptions: Options,
  }
}

export const descriptor = {
  width: 400,
  height: 400,
  tileEdge: 20,
  viewRadius: 50,
  tickHz: 20,
  entities: [],
}

export function frontierBlock(world = descriptor): Block {
  return {
    ...block,
    kind: 'world',
    describe: () => ({ ...face, kind: 'world', commands, world }),
    inputs: [Walk, Walk],
    defaultKey: () => 'main',
    admitsKey: (key) => key === 'main',
  }
}

/** Blocks: 0 echo, 1 hero, 2 plaza, 3 frontier. */
export function demoGame(change: Partial<GameSpec> = {}): Game {
  return loadGame(
    defineGame({
      name: 'demo',
      services: { echo },
      actors: { hero },
      rooms: { plaza: plazaBlock() },
      worlds: { frontier: frontierBlock() },
      ...change,
    } as GameSpec),
  )
}

export const blocks = { echo: 0, hero: 1, plaza: 2, frontier: 3 } as const

export interface Fixture {
  readonly clock: VirtualClock
  readonly store: Store
  readonly node: FakeNode
  readonly host: FakeHost
  readonly listener: FakeListener
  readonly gate: Gate
  connect(from?: { address?: string; origin?: string; host?: string }): FakeSocket
  http(method: string, url: string, json?: unknown, headers?: object): Promise<HttpResponse>
  /** Logs a guest in. */
  login(name?: string): Promise<LoginJson>
  /** A socket that was welcomed. */
  enter(name?: string): Promise<FakeSocket>
}

export interface LoginJson {
  readonly ticket: string
  readonly token: string
  readonly player: { readonly id: string; readonly name: string }
  readonly secret?: string
}

export interface FixtureOptions {
  readonly game?: Game
  readonly limits?: Partial<GateLimits>
  readonly origins?: readonly string[]
  readonly dev?: boolean
  readonly hosts?: readonly string[]
  readonly store?: Store
  readonly seed?: number
  readonly http?: NonNullable<GateOptions['http']>
}

/** A listening gate with everything around it played by the test. */
export async function fixture(options: FixtureOptions = {}): Promise<Fixture> {
  const clock = new VirtualClock()
  const store = options.store ?? memoryStore()
  const node = fakeNode(clock, seededRandom(options.seed ?? 1), store)
  const host = new FakeHost()
  const listener = new FakeListener()
  const { game = demoGame(), limits = {}, origins = [], dev = false } = options
  const http = options.http === undefined ? {} : { http: options.http }
  const hosts = options.hosts === undefined ? {} : { hosts: options.hosts }
  const given = { ...http, ...hosts }
  const parts = { node, host: host as never, game, listener, limits, origins, dev, ...given }
  const gate = createGate(parts)
  await gate.listen()
  const made: Fixture = {
    clock,
    store,
    node,
    host,
    listener,
    gate,
    connect(from) {
      const socket = new FakeSocket(from)
      if (listener.handlers === undefined) throw new Error('The gate does not listen.')
      socket.open(listener.handlers)
      return socket
    },
    async http(method, url, json, headers = {}) {
      if (listener.handlers === undefined) throw new Error('The gate does not listen.')
      const body = json === undefined ? '' : JSON.stringify(json)
      return listener.handlers.request({
        method,
        url,
        headers: { host: 'game.example', ...headers },
        remoteAddress: '10.0.0.1',
        body: new TextEncoder().encode(body),
      })
    },
    async login(name = 'Ada') {
      return jsonOf(await made.http('POST', '/realm/login', { guest: name })) as LoginJson
    },
    async enter(name) {
      const { ticket } = await made.login(name)
      const socket = made.connect()
      socket.hello({ type: 'ticket', ticket })
      await settled()
      socket.welcomed()
      return socket
    },
  }
  return made
}

export function jsonOf(response: HttpResponse): unknown {
  const { body = '' } = response
  return JSON.parse(typeof body === 'string' ? body : new TextDecoder().decode(body))
}

/** The error code of an HTTP answer, with its status. */
export function errorOf(response: HttpResponse): string {
  const { error } = jsonOf(response) as { error?: { code: string } }
  return `${response.status} ${error?.code}`
}
