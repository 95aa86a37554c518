import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Delivery, gateDeliver, gateMissed, type HostMessage } from '../actor/index.ts'
import { RealmError } from '../errors/index.ts'
import { encode } from '../schema/index.ts'
import type { FakeSocket } from './test-kit/fake-socket.ts'
import { blocks, type Fixture, fixture, Options } from './test-kit/fixture.ts'
import { settled } from './test-kit/virtual-clock.ts'

const room = 'room/plaza/a'
const options = encode(Options, { team: 1 })

async function seated(): Promise<{ gate: Fixture; socket: FakeSocket; say: Say }> {
  const gate = await fixture()
  const socket = await gate.enter('Ada')
  socket.say('join', { id: 1, block: blocks.plaza, mode: 2, key: 'a', channel: 1, options })
  await settled()
  const say: Say = async (kind, epoch, number = 0, of = epoch) => {
    const to = gate.host.sent.flatMap(({ message }) =>
      message.op === 'join' ? [message.member] : [],
    )
    const payload = Uint8Array.of(number)
    gate.node.toGate(gateDeliver, {
      ...{ address: room, epoch, mark: { epoch: number > 0 ? of : 0, number } },
      delivery: { kind, to, event: 0, payload },
    })
    await settled()
  }
  return { gate, socket, say }
}

/** @param of the owner that told it first */
type Say = (kind: Delivery['kind'], epoch: number, number?: number, of?: number) => Promise<void>

function asked({ host }: Fixture): HostMessage[] {
  return host.sent.map(({ message }) => message).filter(({ op }) => op === 'resync')
}

describe('what an activation tells', () => {
  test('is passed on once, and not after what a later owner has said', async () => {
    const { gate, socket, say } = await seated()
    await say('full', 4)
    await say('event', 4, 1)
    await say('event', 4, 1)
    await say('begun', 7)
    await say('full', 7)
    await say('resumed', 7)
    await say('event', 4, 2)
    await say('delta', 4)
    await say('event', 7, 1)
    const got = socket.of('event').map(({ epoch, number }) => [epoch, number])
    assert.deepEqual(got, [
      [4, 1],
      [7, 1],
    ])
    assert.equal(socket.of('stateDelta').length, 0)
    assert.equal(asked(gate).length, 1)
  })

  test('of a later owner is asked for, whatever its first word is', async () => {
    for (const first of ['begun', 'full', 'delta', 'resumed'] as const) {
      const { gate, socket, say } = await seated()
      await say('full', 4)
      await say(first, 7)
      assert.equal(asked(gate).length, 1, first)
      assert.equal(socket.of('stateFull').length, 1, 'what was on its way before may be missing')
      await say('delta', 7)
      await say('full', 7)
      await say('resumed', 7)
      await say('delta', 7)
      assert.equal(asked(gate).length, 1)
      assert.deepEqual([socket.of('stateFull').length, socket.of('stateDelta').length], [2, 1])
    }
  })

  test('in vain is asked again where another node has joined, at once', async () => {
    const { gate, say } = await seated()
    await say('full', 4)
    gate.node.breakLink('elsewhere')
    gate.node.join('another')
    assert.equal(asked(gate).length, 2)
    await say('full', 7)
    await say('resumed', 7)
    gate.node.join('a third')
    assert.equal(asked(gate).length, 2)
  })

  test('of a former owner’s last events comes from the next one, once', async () => {
    const { socket, say } = await seated()
    await say('full', 4)
    await say('event', 4, 1)
    await say('begun', 7)
    await say('event', 4, 2)
    await say('full', 7)
    await say('resumed', 7, 1, 4)
    await say('event', 7, 2, 4)
    await say('event', 7, 1)
    await say('event', 7, 2, 4)
    const got = socket.of('event').map(({ epoch, number }) => [epoch, number])
    assert.deepEqual(got, [
      [4, 1],
      [4, 2],
      [7, 1],
    ])
  })

  test('up to an event counts as told, but not while something is missing again', async () => {
    const { gate, say } = await seated()
    const seen = (): unknown => {
      const last = asked(gate).at(-1)
      return last?.op === 'resync' ? last.since?.seen : undefined
    }
    await say('full', 4)
    await say('resumed', 4)
    await say('caughtUp', 4, 5)
    await say('begun', 4)
    assert.deepEqual(seen(), { epoch: 4, number: 5 })
    await say('event', 4, 6)
    await say('caughtUp', 4, 6)
    gate.node.breakLink('elsewhere')
    gate.node.join('another')
    assert.deepEqual(seen(), { epoch: 4, number: 5 })
  })

  test('of a refusal says nothing of the state: its owner may be a new one', async () => {
    const { gate, socket, say } = await seated()
    await say('full', 4)
    await say('fail', 7)
    await say('delta', 7)
    assert.deepEqual([asked(gate).length, socket.of('stateDelta').length], [1, 0])
  })

  test('of a later owner begins with a full state, or is asked for', async () => {
    const { gate, socket, say } = await seated()
    await say('full', 4)
    await say('event', 4, 3)
    await say('event', 7, 2)
    const [message] = asked(gate)
    assert.deepEqual(message?.op === 'resync' && message.since?.seen, { epoch: 4, number: 3 })
    await say('delta', 7)
    await say('full', 7)
    await say('resumed', 7)
    await say('event', 7, 1)
    await say('event', 7, 2)
    const got = socket.of('event').map(({ epoch, number }) => [epoch, number])
    assert.deepEqual(got, [
      [4, 3],
      [7, 1],
      [7, 2],
    ])
    assert.equal(socket.of('stateDelta').length, 0)
  })

  test('is asked for again where its link broke or its node had to leave it out', async () => {
    const { gate, socket, say } = await seated()
    await say('full', 4)
    await say('event', 4, 1)
    gate.node.breakLink('another')
    assert.equal(asked(gate).length, 0)
    gate.node.breakLink('elsewhere')
    assert.equal(asked(gate).length, 1)
    await say('delta', 4)
    await say('event', 4, 3)
    assert.equal(socket.of('event').length, 1, 'what comes behind the gap waits')
    await gate.clock.advance(3500)
    assert.equal(asked(gate).length, 2, 'no answer: it is asked again')
    await say('full', 4)
    await say('resumed', 4)
    await say('event', 4, 2)
    await say('event', 4, 3)
    assert.deepEqual(
      socket.of('event').map(({ number }) => number),
      [1, 2, 3],
    )
    gate.node.toGate(gateMissed, { addresses: [room, 'room/plaza/b'] })
    assert.equal(asked(gate).length, 3)
  })

  test('is asked for by who was away when the client is back', async () => {
    const { gate, socket, say } = await seated()
    await say('full', 4)
    socket.drop()
    await settled()
    gate.node.breakLink('elsewhere')
    assert.equal(asked(gate).length, 0)
    const { session, resumeToken } = socket.welcomed()
    const again = gate.connect()
    again.hello({ type: 'resume', session, token: resumeToken, received: 1 })
    await settled()
    assert.equal(asked(gate).length, 1)
  })

  test('by one that knows the member no more is left, so that the client joins again', async () => {
    const { gate, socket, say } = await seated()
    await say('full', 4)
    gate.host.answer = () => Promise.reject(new RealmError('UNKNOWN_CHANNEL'))
    gate.node.breakLink('elsewhere')
    await settled()
    assert.deepEqual(socket.of('left'), [{ channel: 1, error: 'NODE_LOST' }])
  })
})
