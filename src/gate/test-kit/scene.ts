import { type GateTiles, gateTiles, type ViewChange } from '../../actor/index.ts'
import { type TileGrid, tileGrid } from '../../protocol/index.ts'
import type { GateLimits } from '../index.ts'
import type { FakeSocket } from './fake-socket.ts'
import { blocks, descriptor, type Fixture, fixture } from './fixture.ts'
import { ModelSight, ModelWorld } from './model-world.ts'
import { settled } from './virtual-clock.ts'

const address = 'world/frontier/main'
const none = new Uint8Array(0)
export const grid = tileGrid(descriptor.width, descriptor.height, descriptor.tileEdge)

/** A player in the world: its sockets one after the other, and what it has seen. */
export interface Bot {
  socket: FakeSocket
  readonly session: string
  /** What the world knows it by. */
  readonly stay: string
  sight: ModelSight
  token: string
  read: number
  numbered: number
}

export interface Scene {
  readonly gate: Fixture
  readonly world: ModelWorld
  readonly bots: Bot[]
  join(): Promise<Bot>
  look(bot: Bot, x: number, y: number, radius?: number, me?: number): void
  /** The bot's player belongs to these audiences from now on. */
  belong(bot: Bot, audiences: readonly number[]): void
  tick(): Promise<void>
  /** A tick that is on its way until the next one is told. */
  tickLate(): void
  /** A tick that is lost on its way to the gate. */
  loseTick(): void
  resume(bot: Bot): Promise<void>
}

/** Of who joined last. */
function stayOf({ host }: Fixture): string {
  const joined = host.sent.map(({ message }) => message).findLast(({ op }) => op === 'join')
  return joined?.op === 'join' ? joined.member.session : ''
}

/** A gate with one world on the other side, which the test plays. */
export async function scene(limits: Partial<GateLimits> = {}, of: TileGrid = grid): Promise<Scene> {
  const gate = await fixture({ limits })
  const world = new ModelWorld(of)
  gate.host.answer = ({ message }) => {
    world.take(message)
    return none
  }
  const bots: Bot[] = []
  const late: GateTiles[] = []
  const views = new Map<Bot, ViewChange>()
  const readAll = (): void => {
    for (const bot of bots) {
      const { messages } = bot.socket
      for (const message of messages.slice(bot.read)) {
        if (message.type === 'world') bot.sight.take(message.body)
        else if (message.type === 'reply') bot.numbered += 1
      }
      bot.read = messages.length
    }
  }
  return {
    gate,
    world,
    bots,
    async join() {
      const socket = await gate.enter()
      const { session, resumeToken: token } = socket.welcomed()
      const mode = 0
      socket.say('join', {
        id: 1,
        block: blocks.frontier,
        mode,
        key: '',
        channel: 3,
        options: none,
      })
      await settled()
      const stay = stayOf(gate)
      const bot = { socket, session, stay, token, sight: new ModelSight(), read: 0, numbered: 0 }
      bots.push(bot)
      return bot
    },
    look(bot, x, y, radius = 50, me = 7) {
      views.set(bot, { session: bot.stay, x, y, radius, me })
      world.view({ session: bot.stay, x, y, radius, me })
    },
    belong(bot, audiences) {
      const view = views.get(bot)
      if (view !== undefined) world.view({ ...view, audiences })
    },
    async tick() {
      await gate.clock.advance(50)
      late.push({ address, batch: world.step(), epoch: world.epoch })
      for (const tiles of late.splice(0)) gate.node.toGate(gateTiles, tiles)
      await settled()
      readAll()
    },
    tickLate() {
      late.push({ address, batch: world.step(), epoch: world.epoch })
    },
    loseTick() {
      world.step()
    },
    async resume(bot) {
      bot.socket.drop()
      await settled()
      bot.socket = gate.connect()
      const { session, token, numbered: received } = bot
      bot.socket.hello({ type: 'resume', session, token, received })
      await settled()
      bot.token = bot.socket.welcomed().resumeToken
      bot.sight = new ModelSight()
      bot.read = 0
      readAll()
    },
  }
}
