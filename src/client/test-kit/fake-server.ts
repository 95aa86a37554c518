import {
  clientMessages,
  JoinReply,
  type MessageOf,
  RoomList,
  serverMessages,
} from '../../protocol/index.ts'
import { decode, encode, Tracked, Writer } from '../../schema/index.ts'
import type { FetchLike, SocketConstructor } from '../host.ts'
import { block, manifest, types } from './demo-game.ts'
import { fakeSockets, type Latency, type ServerSocket } from './fake-network.ts'
import { FakeSession } from './fake-session.ts'
import type { VirtualClock } from './virtual-clock.ts'

type ClientMessage = MessageOf<typeof clientMessages.table>
type Body<T extends ClientMessage['type']> = Extract<ClientMessage, { type: T }>['body']

interface FakeRoom {
  readonly tracked: Tracked<Record<string, unknown>>
}

/** A small server of the demo game: the protocol's tables, scripted where tests need it. */
export class FakeServer {
  readonly clock: VirtualClock
  readonly WebSocket: SocketConstructor
  readonly fetch: FetchLike
  /** Refuses sockets and logins. */
  down = false
  /** Stops answering without closing anything. */
  mute = false
  /** Whether a join's state comes before its reply. */
  stateFirst = false
  manifestHash = 'hash-1'
  readonly sessions = new Map<string, FakeSession>()
  readonly rooms = new Map<string, FakeRoom>()
  readonly commands: Body<'command'>[] = []
  /** What clients found different in worlds, and told. */
  readonly suspicions: Body<'desync'>[] = []
  readonly reports: Body<'desyncReport'>[] = []
  /** Inputs of `shop.add` in the order in which they were carried out. */
  readonly added: number[] = []
  readonly logins: Record<string, unknown>[] = []
  /** Holds answers to `shop.add` back. */
  holdCalls = false
  /** Lets a test answer a join itself: return true to have done so. */
  onJoin: (session: FakeSession, body: Body<'join'>) => boolean = () => false
  /** Called after every welcome and what is sent again with it. */
  onWelcome: (session: FakeSession) => void = () => {}
  /** Told the address of every socket that is opened. */
  opened: (url: string) => void = () => {}
  #sockets = new Set<{ end: ServerSocket; session: FakeSession | undefined }>()
  #tickets = new Map<string, string>()
  #guests = new Map<string, string>()
  #count = 0

  constructor(clock: VirtualClock, latency: Latency = () => 20) {
    this.clock = clock
    this.WebSocket = fakeSockets(clock, latency, (end, url) => {
      this.opened(url)
      return this.#accept(end)
    })
    this.fetch = async (_url, init) => {
      if (this.down) throw new TypeError('fetch failed')
      const answer = this.#login(JSON.parse(init.body) as Record<string, unknown>)
      return { ok: true, status: 200, json: () => Promise.resolve(answer) }
    }
  }

  /** The newest session. */
  get session(): FakeSession {
    const last = [...this.sessions.values()].at(-1)
    if (last === undefined) throw new Error('there is no session')
    return last
  }

  room(key: string): FakeRoom {
    let room = this.rooms.get(key)
    if (room === undefined) {
      room = { tracked: new Tracked(types.plaza) as unknown as FakeRoom['tracked'] }
      this.rooms.set(key, room)
    }
    return room
  }

  /** Sends a room's changes to everyone in it. */
  sync(key: string): void {
    const writer = new Writer()
    const { tracked } = this.room(key)
    if (!tracked.writeDelta(writer, { scope: 'public' })) return
    for (const session of this.sessions.values()) {
      for (const [channel, joined] of session.channels) {
        if (joined.block !== block.plaza || joined.key !== key) continue
        session.send('stateDelta', { channel, delta: writer.finish() })
      }
    }
    tracked.clearDirty()
  }

  /** All sockets break; sessions stay. */
  cut(): void {
    for (const { end, session } of this.#sockets) {
      if (session !== undefined) session.socket = undefined
      end.reset()
    }
    this.#sockets.clear()
  }

  /** As after `kill -9` and a new start: sockets and sessions are gone, rooms remain. */
  restart(): void {
    this.cut()
    this.sessions.clear()
  }

  #login(body: Record<string, unknown>): Record<string, unknown> {
    this.logins.push(body)
    const known = typeof body['player'] === 'string' && this.#guests.get(body['player'])
    if (known && known !== body['secret']) {
      return { error: { code: 'LOGIN_INVALID', message: 'The login was refused. Wrong secret.' } }
    }
    const player = known ? (body['player'] as string) : `player${++this.#count}`
    const secret = `secret-of-${player}`
    this.#guests.set(player, secret)
    const ticket = `ticket${++this.#count}`
    this.#tickets.set(ticket, player)
    const account = { id: player, name: String(body['guest']) }
    return { ticket, token: '', player: account, ...(known ? {} : { secret }) }
  }

  #accept(end: ServerSocket) {
    if (this.down) return undefined
    const socket = { end, session: undefined as FakeSession | undefined }
    this.#sockets.add(socket)
    return {
      received: (bytes: Uint8Array) => {
        if (this.mute || !this.#sockets.has(socket)) return
        try {
          clientMessages.decode(bytes, (message) => {
            if (message.type === 'hello') socket.session = this.#hello(end, message.body)
            else if (socket.session !== undefined) this.#take(socket.session, message)
          })
        } catch {
          this.#bye(end, 'PROTOCOL_GARBAGE')
          this.#sockets.delete(socket)
        }
      },
      closed: () => {
        this.#sockets.delete(socket)
        if (socket.session?.socket === end) socket.session.socket = undefined
      },
    }
  }

  #hello(end: ServerSocket, hello: Body<'hello'>): FakeSession | undefined {
    const { login } = hello
    if (login.type === 'resume') {
      const session = this.sessions.get(login.session)
      if (!session?.tokens.includes(login.token)) return this.#bye(end, 'RESUME_INVALID')
      if (!session.has(login.received)) return this.#bye(end, 'RESUME_INVALID')
      session.tokens = [login.token]
      session.socket = end
      const { missed, send } = session.replay(login.received)
      this.#welcome(session, hello, { resumed: true, missed })
      send()
      this.onWelcome(session)
      return session
    }
    const player = this.#tickets.get(login.ticket)
    if (player === undefined) return this.#bye(end, 'TICKET_INVALID')
    this.#tickets.delete(login.ticket)
    const session = new FakeSession(`session${++this.#count}`, player)
    this.sessions.set(session.id, session)
    session.socket = end
    this.#welcome(session, hello, { resumed: false, missed: 0 })
    return session
  }

  #bye(end: ServerSocket, error: string): undefined {
    end.send(serverMessages.encode('bye', { error, detail: '' }))
    end.close()
  }

  #welcome(
    session: FakeSession,
    hello: Body<'hello'>,
    { resumed, missed }: { resumed: boolean; missed: number },
  ): void {
    const token = `token${++this.#count}`
    session.tokens = [...session.tokens, token]
    const known = hello.manifestHash === this.manifestHash
    session.send('welcome', {
      session: session.id,
      player: session.player,
      name: 'Ada',
      resumeToken: token,
      resumed,
      received: session.received,
      missed,
      manifestHash: this.manifestHash,
      manifest: known ? new Uint8Array() : new TextEncoder().encode(JSON.stringify(manifest)),
      wallMs: this.clock.now() + 1_000_000,
    })
  }

  #take(session: FakeSession, message: Exclude<ClientMessage, { type: 'hello' }>): void {
    if (clientMessages.isNumbered(message.type)) session.received++
    switch (message.type) {
      case 'ping': {
        const { time, received } = message.body
        session.acknowledge(received)
        const wallMs = this.clock.now() + 1_000_000
        session.send('pong', { time, wallMs, received: session.received })
        return
      }
      case 'call':
        this.#call(session, message.body)
        return
      case 'rejoin':
      case 'join': {
        const body = { mode: 2, ...message.body }
        if (!this.onJoin(session, body)) this.#join(session, body)
        return
      }
      case 'leave':
        session.channels.delete(message.body.channel)
        return
      case 'command':
      case 'commandUnreliable':
        this.commands.push(message.body)
        return
      case 'desync':
        this.suspicions.push(message.body)
        return
      case 'desyncReport':
        this.reports.push(message.body)
        return
      case 'listRooms': {
        const rooms = [...this.rooms.keys()].map((key) => ({ key, players: 1, maxPlayers: 64 }))
        session.send('reply', { id: message.body.id, output: encode(RoomList, { rooms }) })
        return
      }
      case 'bye':
        this.sessions.delete(session.id)
    }
  }

  #call(session: FakeSession, body: Body<'call'>): void {
    const { id } = body
    if (body.block !== block.shop) {
      session.send('reply', { id, output: new Uint8Array() })
      return
    }
    const { n } = decode(types.add.input, body.input)
    this.added.push(n)
    const sum = this.added.reduce((a, b) => a + b, 0)
    if (this.holdCalls) return
    session.send('reply', { id, output: encode(types.add.output, { sum }) })
  }

  #join(session: FakeSession, body: Body<'join'>): void {
    const { id, channel, mode } = body
    const key = this.#keyOf(session, body)
    if (body.block === block.plaza && mode === 2 && !this.rooms.has(key)) {
      session.send('fail', { id, channel: 0, error: 'ROOM_UNKNOWN', detail: '' })
      return
    }
    session.channels.set(channel, { block: body.block, key })
    const me = body.block === block.frontier ? 1 : 0
    const reply = () =>
      session.send('reply', { id, output: encode(JoinReply, { key, me, epoch: 0, number: 0 }) })
    if (!this.stateFirst) reply()
    if (body.block !== block.frontier) this.sendFull(session, channel)
    if (this.stateFirst) reply()
  }

  #keyOf(session: FakeSession, { block: number, key, mode }: Body<'join'>): string {
    if (number === block.hero) return key === '' ? session.player : key
    if (number === block.frontier) return key === '' ? 'main' : key
    if (mode === 2) return key
    const open = mode === 0 ? [...this.rooms.keys()][0] : undefined
    const found = open ?? `room${++this.#count}`
    this.room(found)
    return found
  }

  sendFull(session: FakeSession, channel: number): void {
    const joined = session.channels.get(channel)
    const writer = new Writer()
    if (joined?.block === block.hero) {
      const tracked = new Tracked(types.hero, { level: 3, bag: [1, 2] })
      tracked.writeFull(writer, { scope: 'public' })
    } else if (joined !== undefined) {
      this.room(joined.key).tracked.writeFull(writer, { scope: 'public' })
    }
    session.send('stateFull', { channel, state: writer.finish() })
  }
}
