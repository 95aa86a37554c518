import { gateDeliver, gateTiles, type HostMessage, type TileBatch } from '../../../actor/index.ts'
import { fixture } from '../../../gate/test-kit/fixture.ts'
import { settled } from '../../../gate/test-kit/virtual-clock.ts'
import type { TileGrid } from '../../../protocol/index.ts'
import { type Harness, harness, ManualClock, type Stored } from '../../../world/test-kit/harness.ts'
import {
  type Arena,
  type Being,
  type Edition,
  editionOf,
  gridOf,
  Hero,
  type HeroBeing,
  play,
  type Settings,
} from './arena.ts'
import { Client } from './client.ts'
import { judge, type Rules } from './judge.ts'
import { Model, type Truth, thingOf } from './model.ts'
import type { GateEnd, Saved, Setup } from './setup.ts'
import { streamsOf } from './streams.ts'

const address = 'world/test/main'
const tickMs = 50
/** Truths of so many ticks are kept: more than the slowest rate and the longest way. */
const truthsKept = 24

/** A world, its gates and their clients, and the model they are held to. */
export class Stage {
  readonly setup: Setup
  readonly gates: GateEnd[] = []
  /** Whether the world has come back from a checkpoint, with whom it knew then. */
  crashed = false
  readonly clients: Client[] = []
  readonly clock = new ManualClock()
  model = new Model()
  edition: Edition
  grid: TileGrid
  harness!: Harness
  world!: Arena
  /** Where the next avatar comes in. */
  entry = { x: 20, y: 20 }
  readonly rules: Rules = { pressured: false, capped: false }
  readonly truths: Truth[] = []
  /** What has been done, for who looks for a mistake. */
  readonly done: string[] = []
  /** What was in the store with the last checkpoint. */
  #saved: Saved | undefined
  #stored: Stored = { blob: undefined, parts: new Map() }
  #epoch = 1
  #starts = 1
  #deliveries = 0
  /** Of who joined last. */
  #stay = ''
  #batches: number[] = []

  constructor(setup: Setup) {
    this.setup = setup
    this.edition = editionOf(setup.settings)
    this.grid = gridOf(this.edition)
    this.rules.pressured = setup.bytesPerSecondMax > 0
    this.rules.capped = setup.settings.viewEntitiesMax > 0
  }

  get lag(): number {
    return Math.max(0, this.setup.lag)
  }

  async begin(): Promise<void> {
    play({
      begin: (world) => {
        this.world = world
      },
      join: (world, player) => this.#seat(world, player),
      left: (world, me) => {
        world.despawn(me)
        this.model.remove(me.id)
      },
      step: (world) => this.#step(world),
    })
    for (let index = 0; index < this.setup.gates; index += 1) await this.#addGate(index)
    await this.#start(this.#stored.blob)
  }

  being(id: number): Being {
    return this.world.get(id) as Being
  }

  clientOf(player: string): Client | undefined {
    return this.clients.find((client) => client.player === player)
  }

  async enter(gate: number): Promise<Client> {
    const end = this.gates[gate] as GateEnd
    const { ticket, player } = await end.made.login()
    const socket = end.made.connect()
    socket.hello({ type: 'ticket', ticket })
    await settled()
    const client = new Client(socket, gate, player.id, () => this.edition.descriptor)
    this.clients.push(client)
    await this.join(client)
    return client
  }

  async join(client: Client): Promise<void> {
    client.clear()
    client.channel += 1
    const { channel } = client
    client.joined = true
    client.forgotten = false
    const [mode, options] = [0, new Uint8Array(0)]
    client.socket.say('join', { id: channel, block: 0, mode, key: '', channel, options })
    await settled()
    client.stay = this.#stay
    client.wait(2 + 2 * this.lag)
    this.#deliver()
  }

  async leave(client: Client): Promise<void> {
    client.joined = false
    client.socket.say('leave', { channel: client.channel })
    await settled()
    this.gone()
  }

  async disconnect(client: Client): Promise<void> {
    client.receive()
    client.connected = false
    client.socket.drop()
    await settled()
  }

  async resume(client: Client): Promise<void> {
    const { session, token, numbered: received } = client
    const socket = (this.gates[client.gate] as GateEnd).made.connect()
    socket.hello({ type: 'resume', session, token, received })
    await settled()
    client.token = socket.welcomed().resumeToken
    client.use(socket)
    client.connected = true
    client.slow = false
    client.receive()
    client.frames = []
    client.wait(2 + 2 * this.lag)
    // What the client says next shows that it has got the new token.
    socket.say('ping', { time: 0, received: client.numbered })
    await settled()
  }

  /** Players who are not in the world any more are not in the model either. */
  gone(): void {
    const { seats } = this.harness.world
    for (const player of [...this.model.players.keys()]) {
      if (seats.ofPlayer(player) === undefined) this.model.leave(player)
    }
  }

  #seat(world: Arena, player: string): HeroBeing {
    const hero = world.spawn(Hero, { ...this.entry, name: player.slice(0, 4) }) as HeroBeing
    this.model.players.set(player, hero.id)
    this.note(hero)
    return hero
  }

  /** A new entity, for the model. */
  note(being: Being): void {
    this.model.things.set(being.id, thingOf(being))
  }

  async tick(): Promise<void> {
    for (const { made } of this.gates) await made.clock.advance(tickMs)
    const { world } = this.harness
    const before = world.tick
    for (let tries = 0; world.tick === before && tries < 9; tries += 1) this.harness.tick()
    if (world.tick !== before + 1) throw new Error(`tick ${world.tick} follows ${before}`)
    this.gone()
    this.#keepTruth(world.tick)
    this.#collect()
    for (const end of this.gates) {
      while (end.queue.length > this.lag) this.#handOver(end)
    }
    await settled()
    this.#deliver()
    await settled()
    this.#noteCheckpoint()
    await this.#comeBack()
    this.#look()
    if (this.harness.logged.length > 0) throw new Error(`logged: ${this.harness.logged[0]}`)
  }

  #step(world: Arena): void {
    this.model.step()
    for (const thing of this.model.things.values()) {
      const being = world.get(thing.id) as Being
      being.x = thing.x
      being.y = thing.y
    }
  }

  #keepTruth(tick: number): void {
    const { grid, edition, truths } = this
    const { precision } = edition.descriptor
    const streams = streamsOf(this.harness.world)
    const now = { tick, streams, former: truths.at(-1) }
    truths.push(this.model.truth(now, grid, precision as number))
    if (truths.length > truthsKept) truths.shift()
  }

  /** Takes what the world has published into the queues of the gates. */
  #collect(): void {
    for (const [index, end] of this.gates.entries()) {
      const batches = this.harness.batches.get(`gate${index}`) ?? []
      for (const batch of batches) this.#send(end, batch)
      batches.length = 0
    }
  }

  #send(end: GateEnd, batch: TileBatch): void {
    if (end.losing) this.#lose(this.gates.indexOf(end))
    else end.queue.push({ batch, epoch: this.#epoch })
    end.losing = false
  }

  #lose(gate: number): void {
    for (const client of this.clients) {
      if (client.gate === gate) client.disturb(4 + 4 * this.lag, 5 + 5 * this.lag)
    }
  }

  #handOver(end: GateEnd): void {
    const next = end.queue.shift()
    if (next === undefined) return
    const { batch, epoch } = next
    const index = this.gates.indexOf(end)
    // What was lost is noticed only now.
    if (batch.tick !== (this.#batches[index] ?? 0) + 1) this.#lose(index)
    end.made.node.toGate(gateTiles, { address, batch, epoch } as never)
    this.#batches[index] = batch.tick
  }

  /** Reliable messages of the world to its members. */
  #deliver(): void {
    const { deliveries } = this.harness
    while (this.#deliveries < deliveries.length) {
      const delivery = deliveries[this.#deliveries++] as (typeof deliveries)[number]
      for (const [index, { made }] of this.gates.entries()) {
        const to = delivery.to.filter(({ gate }) => gate === `gate${index}`)
        if (to.length === 0) continue
        const said = { epoch: 1, mark: { epoch: 0, number: 0 }, delivery: { ...delivery, to } }
        made.node.toGate(gateDeliver, { address, ...said } as never)
      }
    }
  }

  /** Clients come in again whom the world has forgotten, as those of players do by themselves. */
  async #comeBack(): Promise<void> {
    for (const client of this.clients) {
      if (client.connected) client.receive()
      if (client.connected && client.forgotten) await this.join(client)
    }
  }

  #look(): void {
    for (const client of this.clients) {
      const tick = this.#batches[client.gate]
      const truth = this.truths.find((one) => one.tick === tick)
      if (!client.connected) continue
      client.receive()
      if (truth === undefined || !client.joined) client.frames = []
      else if (client.slow) {
        client.disturb(2 + 2 * this.lag)
        client.frames = []
      } else judge({ client, truth, stage: this })
    }
  }

  // ── new lives of the world ──────────────────────────────────────────────────────────────

  /** The game is replaced in place, perhaps by one that is cut into other tiles. */
  async replace(settings: Settings, ticksBetween: number): Promise<void> {
    this.#flush()
    const former = this.harness
    const next = editionOf(settings)
    const { promise, resolve } = Promise.withResolvers<void>()
    const replaced = this.gates.map(({ made }) => made.gate.replaceGame(next.game, () => promise))
    for (let left = ticksBetween; left > 0; left -= 1) {
      former.tick()
      this.#keepTruth(former.world.tick)
      this.#collect()
      this.#flush()
      this.#noteCheckpoint()
    }
    await settled()
    const blob = former.world.freeze()
    former.world.stop()
    this.edition = next
    this.grid = gridOf(this.edition)
    this.rules.capped ||= settings.viewEntitiesMax > 0
    const { blob: saved } = this.#stored
    await this.#start(blob)
    if (this.#stored.blob === blob) this.#stored.blob = saved
    resolve()
    await Promise.all(replaced)
    await settled()
    this.#renewed()
  }

  /** The world is moved to another node, or comes back there after a crash. */
  async move(crash: boolean): Promise<void> {
    // What a frozen world was subscribed to comes back with it: gates want other tiles by then.
    if (crash && this.#saved?.whole !== false) return
    this.#flush()
    const blob = crash ? this.#stored.blob : this.harness.world.freeze()
    this.harness.world.stop()
    this.crashed ||= crash
    if (crash) this.#recall()
    else this.#saved = { blob, model: this.model.copy(), whole: true }
    this.#epoch += 1
    await this.#start(blob)
    // By now it may be marked as lived on since; it still shows what was there at the move.
    if (!crash && this.#saved) this.#saved.blob = this.#stored.blob
    this.gone()
    for (const { stay: session, joined, connected } of this.clients) {
      // Who was there before a crash has to make itself heard, and who has no body comes in again.
      if (!joined || crash || this.harness.world.seats.ofSession(session) === undefined) continue
      await this.harness.world.receive({ op: 'connection', session, connected })
    }
    this.#renewed()
  }

  #recall(): void {
    this.model = (this.#saved as { model: Model }).model.copy()
    for (const thing of [...this.model.things.values()]) {
      if (thing.kind === 'Spark') this.model.remove(thing.id)
    }
  }

  #renewed(): void {
    for (const client of this.clients) client.disturb(4 + 4 * this.lag)
  }

  #noteCheckpoint(): void {
    const { blob } = this.#stored
    if (blob === undefined || blob === this.#saved?.blob) return
    this.#saved = { blob, model: this.model.copy(), whole: false }
  }

  async #start(blob: Uint8Array | undefined): Promise<void> {
    this.#starts += 1
    const [clock, epoch, stored] = [this.clock, this.#epoch, this.#stored]
    stored.blob = blob
    const options = { stored, epoch, clock, seed: this.#starts * 7919 }
    this.harness = await harness(this.edition.block, options)
    if (this.setup.lag < 0) this.#standNear()
    this.#deliveries = 0
    this.truths.length = 0
    this.#batches = []
  }

  /** Batches are handed over as they are published. */
  #standNear(): void {
    for (const [index, end] of this.gates.entries()) {
      const list: TileBatch[] = []
      list.push = (batch) => {
        this.#send(end, batch)
        this.#handOver(end)
        return 0
      }
      this.harness.batches.set(`gate${index}`, list)
    }
  }

  #flush(): void {
    for (const end of this.gates) while (end.queue.length > 0) this.#handOver(end)
    this.#deliver()
    for (const client of this.clients) {
      if (!client.connected) continue
      client.receive()
      client.frames = []
      client.beforeTick = -1
    }
  }

  async #addGate(index: number): Promise<void> {
    const { bytesPerSecondMax } = this.setup
    const limits = bytesPerSecondMax > 0 ? { worldBytesPerSecondMax: bytesPerSecondMax } : {}
    const made = await fixture({ game: this.edition.game, limits, seed: index + 1 })
    made.host.answer = ({ message }) => this.#answer(`gate${index}`, message)
    this.gates.push({ made, queue: [], losing: false })
  }

  #answer(gate: string, message: HostMessage) {
    const { world } = this.harness
    if (message.op === 'join') {
      this.#stay = message.member.session
      return world.receive({ ...message, member: { ...message.member, gate } })
    }
    return world.receive(message.op === 'tiles' ? { ...message, gate } : message)
  }
}
