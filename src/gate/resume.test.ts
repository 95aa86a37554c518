import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { gateDeliver, type Member } from '../actor/index.ts'
import { clientMessages, serverMessages } from '../protocol/index.ts'
import { decode, encode } from '../schema/index.ts'
import { memoryStore } from '../store/index.ts'
import { defaultGateLimits } from './limits.ts'
import { decodeAll, type FakeSocket } from './test-kit/fake-socket.ts'
import { blocks, type Fixture, fixture, Options, Say } from './test-kit/fixture.ts'
import { settled } from './test-kit/virtual-clock.ts'

const options = encode(Options, { team: 1 })
const room = 'room/plaza/a'

async function joinPlaza(socket: FakeSocket, channel = 1, key = 'a'): Promise<void> {
  socket.say('join', { id: channel, block: blocks.plaza, mode: 2, key, channel, options })
  await settled()
}

/** The member by which the room knows the last session that joined. */
function memberOf({ host }: Fixture): Member {
  const joins = host.sent.flatMap(({ message }) => (message.op === 'join' ? [message.member] : []))
  return joins.at(-1) as Member
}

function deliver({ node }: Fixture, to: readonly Member[], number: number): void {
  const payload = new TextEncoder().encode(String(number))
  const delivery = { kind: 'event', to, event: 0, payload } as const
  node.toGate(gateDeliver, { address: room, epoch: 1, mark: { epoch: 1, number }, delivery })
}

async function resume(
  { connect }: Fixture,
  from: { session: string; resumeToken: string },
  received: number,
): Promise<FakeSocket> {
  const socket = connect()
  const { session, resumeToken: token } = from
  socket.hello({ type: 'resume', session, token, received }, 'whatever')
  await settled()
  return socket
}

function events(socket: FakeSocket): number[] {
  return socket.of('event').map(({ payload }) => Number(new TextDecoder().decode(payload)))
}

describe('resume', () => {
  test('what was missed follows the welcome, and nothing else', async () => {
    const gate = await fixture()
    const first = await gate.enter()
    await joinPlaza(first)
    const member = memberOf(gate)
    deliver(gate, [member], 1)
    await settled()
    first.drop()
    await settled()
    deliver(gate, [member], 2)
    deliver(gate, [member], 3)
    // The join's reply and the first event had arrived.
    const second = await resume(gate, first.welcomed(), 2)
    const { resumed, received, missed } = second.welcomed()
    assert.deepEqual({ resumed, received, missed }, { resumed: true, received: 1, missed: 0 })
    assert.deepEqual(second.types, ['welcome', 'event', 'event'])
    assert.deepEqual(events(second), [2, 3])
    const expected = [`join ${room}`, `connection ${room}`, `connection ${room}`]
    assert.deepEqual(gate.host.ops('join', 'connection', 'leave', 'resync'), expected)
    assert.equal(gate.gate.stats().resumes, 1)
  })

  test('a second socket of the session replaces the first, open or not', async () => {
    const gate = await fixture()
    const first = await gate.enter()
    const second = await resume(gate, first.welcomed(), 0)
    assert.equal(second.welcomed().resumed, true)
    assert.deepEqual(first.closed, { code: 4409, reason: 'SESSION_MOVED' })
    await settled()
    second.say('ping', { time: 1, received: 0 })
    await settled()
    assert.equal(second.of('pong').length, 1)
    assert.equal(gate.gate.stats().connected, 1)
  })

  test('of two resumes at once the later one goes on', async () => {
    const gate = await fixture()
    const first = await gate.enter()
    const { session, resumeToken: token } = first.welcomed()
    const sockets = [gate.connect(), gate.connect()]
    for (const socket of sockets) socket.hello({ type: 'resume', session, token, received: 0 })
    await settled()
    assert.deepEqual(sockets[0]?.types, ['bye'])
    assert.deepEqual(sockets[0]?.of('bye')[0]?.error, 'SESSION_MOVED')
    assert.equal(sockets[1]?.welcomed().resumed, true)
  })

  test('the old token ends once the new one has proved to have arrived', async () => {
    const gate = await fixture()
    const first = (await gate.enter()).welcomed()
    // The welcome of this one is lost: the client never learns its token.
    const lost = await resume(gate, first, 0)
    lost.drop()
    const second = await resume(gate, first, 0)
    assert.equal(second.welcomed().resumed, true)
    second.say('ping', { time: 1, received: 0 })
    await settled()
    const thief = await resume(gate, first, 0)
    assert.equal(thief.of('bye')[0]?.error, 'RESUME_INVALID')
    const former = await resume(gate, lost.welcomed(), 0)
    assert.equal(former.of('bye')[0]?.error, 'RESUME_INVALID')
    assert.equal(second.closed, undefined)
    const third = await resume(gate, second.welcomed(), 0)
    assert.equal(third.welcomed().resumed, true)
  })

  test('nobody has more than was sent', async () => {
    const gate = await fixture()
    const socket = await resume(gate, (await gate.enter()).welcomed(), 1)
    assert.equal(socket.of('bye')[0]?.error, 'RESUME_INVALID')
  })

  test('after the window the session is taken up anew, without what it had', async () => {
    const gate = await fixture()
    const first = await gate.enter()
    await joinPlaza(first)
    first.drop()
    await gate.clock.advance(defaultGateLimits.resumeWindowMs - 1)
    assert.deepEqual(gate.host.ops('leave'), [])
    await gate.clock.advance(1)
    assert.deepEqual(gate.host.ops('leave'), [`leave ${room}`])
    assert.equal(gate.gate.stats().sessions, 0)
    const second = await resume(gate, first.welcomed(), 1)
    const { resumed, player, session, received } = second.welcomed()
    assert.equal(resumed, false)
    assert.equal(player, first.welcomed().player)
    assert.equal(session, first.welcomed().session)
    assert.equal(received, 0)
  })

  test('after a kill the token still proves who it is, also if that welcome is lost', async () => {
    const store = memoryStore()
    const before = await fixture({ store })
    const first = (await before.enter()).welcomed()
    const moved = (await resume(before, first, 0)).welcomed()
    const after = await fixture({ store, seed: 2 })
    const lost = await resume(after, moved, 0)
    assert.equal(lost.welcomed().resumed, false)
    assert.equal(lost.welcomed().player, first.player)
    lost.drop()
    const second = await resume(after, moved, 0)
    assert.equal(second.welcomed().player, first.player)
    second.say('ping', { time: 0, received: 0 })
    await settled()
    const late = await resume(after, moved, 0)
    assert.equal(late.of('bye')[0]?.error, 'RESUME_INVALID')
    const wrong = await resume(after, { ...second.welcomed(), resumeToken: 'A'.repeat(43) }, 0)
    assert.equal(wrong.of('bye')[0]?.error, 'RESUME_INVALID')
  })

  test('goodbye ends it all', async () => {
    const gate = await fixture()
    const socket = await gate.enter()
    await joinPlaza(socket)
    socket.say('bye', {})
    await settled()
    assert.equal(socket.closed?.code, 1000)
    assert.deepEqual(gate.host.ops('leave'), [`leave ${room}`])
    const again = await resume(gate, socket.welcomed(), 0)
    assert.equal(again.of('bye')[0]?.error, 'RESUME_INVALID')
    assert.deepEqual(await gate.store.scan('session/', { limit: 10 }), [])
  })

  test('a closing gate says so, and its sessions go on at the next', async () => {
    const store = memoryStore()
    const before = await fixture({ store })
    const socket = await before.enter()
    await joinPlaza(socket)
    await before.gate.close()
    assert.deepEqual(socket.of('bye')[0]?.error, 'SERVER_CLOSING')
    assert.deepEqual(before.host.ops('leave'), [])
    const after = await fixture({ store, seed: 2 })
    const resumed = await resume(after, socket.welcomed(), 0)
    assert.equal(resumed.welcomed().player, socket.welcomed().player)
  })

  test('a ring that has overflown lost events in silence: the session is taken up', async () => {
    const gate = await fixture({ limits: { resumeMessagesMax: 10 } })
    const first = await gate.enter()
    await joinPlaza(first)
    const member = memberOf(gate)
    first.drop()
    await settled()
    for (let number = 1; number <= 25; number++) deliver(gate, [member], number)
    const second = await resume(gate, first.welcomed(), 1)
    const { resumed, missed, session } = second.welcomed()
    assert.deepEqual([resumed, missed, session], [false, 0, first.welcomed().session])
    assert.deepEqual(events(second), [])
    second.say('rejoin', {
      ...{ id: 2, block: blocks.plaza, key: 'a', channel: 1, options },
      ...{ epoch: 1, number: 0, sequence: 0 },
    })
    await settled()
    const seen = gate.host.sent.flatMap(({ message }) =>
      message.op === 'join' ? [message.seen] : [],
    )
    assert.deepEqual(seen.at(-1), { epoch: 1, number: 0, sequence: 0 })
  })

  test('what was kept while away does not count as a flood', async () => {
    const gate = await fixture({ limits: { messagesPerSecondMax: 10, messagesBurstMax: 5 } })
    const first = await gate.enter()
    await gate.clock.advance(5000)
    const second = await resume(gate, first.welcomed(), 0)
    for (let id = 1; id <= 50; id++) {
      const input = encode(Say, { words: 'x' })
      second.say('call', { id, block: blocks.echo, key: '', method: 0, input })
    }
    await settled()
    assert.equal(second.of('reply').length, 50)
    // Coming back at once allows nothing beyond the usual burst.
    const third = await resume(gate, second.welcomed(), 50)
    for (let id = 1; id <= 50; id++) third.say('ping', { time: id, received: 50 })
    await settled()
    assert.equal(third.of('pong').length, 5)
  })

  test('members that are not here are reported, first as disconnected, then as gone', async () => {
    const gate = await fixture()
    const player = { id: 'ada', name: 'Ada' }
    const stranger = { session: 'none', gate: 'gate1', player }
    for (let number = 0; number < 3; number++) deliver(gate, [stranger], number)
    assert.deepEqual(gate.host.ops('connection', 'leave'), [`connection ${room}`])
    await gate.clock.advance(defaultGateLimits.resumeWindowMs + 1000)
    deliver(gate, [stranger], 4)
    assert.deepEqual(gate.host.ops('leave'), [`leave ${room}`])
  })
})

/** A client that keeps what was not acknowledged and counts what came, as the protocol asks. */
class ModelClient {
  readonly got: number[] = []
  readonly replies: string[] = []
  session = ''
  token = ''
  received = 0
  #kept: Uint8Array[] = []
  #acknowledged = 0
  #greeted = false
  #socket: FakeSocket | undefined
  #read = 0

  begin(socket: FakeSocket): void {
    this.#socket = socket
    this.#read = 0
    this.#greeted = false
  }

  say(words: string): void {
    const input = encode(Say, { words })
    const body = { id: 1, block: blocks.echo, key: '', method: 0, input }
    this.#send(clientMessages.encode('call', body))
  }

  join(): void {
    const body = { id: 2, block: blocks.plaza, mode: 2, key: 'a', channel: 1, options }
    this.#send(clientMessages.encode('join', body))
  }

  #send(bytes: Uint8Array): void {
    this.#kept.push(bytes)
    if (this.#greeted) this.#socket?.raw(bytes)
  }

  ping(): void {
    if (this.#greeted) this.#socket?.say('ping', { time: 0, received: this.received })
  }

  /**
   * Reads at most `count` of the socket messages that have arrived; the others are still on the
   * way.
   */
  read(count: number): void {
    const written = this.#socket?.written ?? []
    for (const bytes of written.slice(this.#read, this.#read + count)) {
      this.#read += 1
      for (const message of decodeAll(bytes)) this.#take(message)
    }
  }

  #take(message: ReturnType<typeof decodeAll>[number]): void {
    if (serverMessages.isNumbered(message.type)) this.received += 1
    if (message.type === 'welcome') {
      assert.equal(message.body.missed, 0)
      this.#acknowledge(message.body.received)
      this.session = message.body.session
      this.token = message.body.resumeToken
      this.#greeted = true
      for (const bytes of this.#kept) this.#socket?.raw(bytes)
    } else if (message.type === 'pong') this.#acknowledge(message.body.received)
    else if (message.type === 'event') {
      this.got.push(Number(new TextDecoder().decode(message.body.payload)))
    } else if (message.type === 'reply' && message.body.id === 1) {
      this.replies.push(decode(Say, message.body.output).words)
    } else if (message.type === 'bye') assert.equal(message.body.error, 'SESSION_MOVED')
  }

  #acknowledge(count: number): void {
    this.#kept = this.#kept.slice(count - this.#acknowledged)
    this.#acknowledged = count
  }
}

type Step =
  | { readonly do: 'deliver' | 'say' | 'ping' | 'drop' | 'reconnect' | 'wait' }
  | { readonly do: 'read'; readonly count: number }

test('whatever the network does, both sides get everything once and in order', async () => {
  const plain = (...names: Exclude<Step['do'], 'read'>[]) =>
    fc.constantFrom(...names.map((name) => ({ do: name }) as Step))
  const step = fc.oneof(
    { weight: 4, arbitrary: plain('deliver', 'say') },
    {
      weight: 4,
      arbitrary: fc.integer({ min: 1, max: 3 }).map((count) => ({ do: 'read', count })),
    },
    { weight: 2, arbitrary: plain('drop', 'reconnect', 'ping', 'wait') },
  )
  const property = fc.asyncProperty(
    fc.array(step, { maxLength: 60, size: 'max' }),
    async (steps) => {
      const limits = { messagesBurstMax: 1e6, bytesBurstMax: 1e9, callsPendingMax: 1e6 }
      const gate = await fixture({ limits })
      const client = new ModelClient()
      let socket = await gate.enter()
      client.begin(socket)
      client.read(1)
      client.join()
      await settled()
      const member = memberOf(gate)
      const delivered: number[] = []
      const spoken: string[] = []
      const reconnect = async (): Promise<void> => {
        socket = gate.connect()
        const { session, token, received } = client
        client.begin(socket)
        socket.hello({ type: 'resume', session, token, received })
        await settled()
      }
      for (const step of steps as Step[]) {
        if (step.do === 'deliver') {
          delivered.push(delivered.length)
          deliver(gate, [member], delivered.length - 1)
        } else if (step.do === 'say') {
          spoken.push(`W${spoken.length}`)
          client.say(`w${spoken.length - 1}`)
        } else if (step.do === 'read') client.read(step.count)
        else if (step.do === 'ping') client.ping()
        else if (step.do === 'drop') socket.drop()
        else if (step.do === 'reconnect') await reconnect()
        else await gate.clock.advance(100)
        if (step.do !== 'deliver' && step.do !== 'say') await settled()
      }
      await reconnect()
      client.read(Number.POSITIVE_INFINITY)
      await settled()
      client.read(Number.POSITIVE_INFINITY)
      assert.deepEqual(client.got, delivered)
      assert.deepEqual(client.replies, spoken)
      assert.equal(gate.gate.stats().sessions, 1)
    },
  )
  await fc.assert(property, { numRuns: 300 })
})
