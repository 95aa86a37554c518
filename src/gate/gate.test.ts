import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Delivery, gateDeliver, type Member } from '../actor/index.ts'
import { encode } from '../schema/index.ts'
import type { FakeSocket } from './test-kit/fake-socket.ts'
import {
  blocks,
  demoGame,
  type Fixture,
  fixture,
  Options,
  plazaBlock,
  Walk,
  walk,
} from './test-kit/fixture.ts'
import { settled } from './test-kit/virtual-clock.ts'

const options = encode(Options, { team: 1 })
const input = encode(Walk, { dx: 1, dy: 2 })

async function joinPlaza(socket: FakeSocket, channel: number, key = 'a'): Promise<void> {
  socket.say('join', { id: channel, block: blocks.plaza, mode: 2, key, channel, options })
  await settled()
}

function members({ host }: Fixture): Member[] {
  return host.sent.flatMap(({ message }) => (message.op === 'join' ? [message.member] : []))
}

let delivered = 0
function deliver(gate: Fixture, address: string, delivery: Partial<Delivery>): void {
  const to = members(gate)
  const plain = { kind: 'event', to, event: 1, payload: Uint8Array.of(1, 2, 3) } as const
  delivered += 1
  const mark = { epoch: 1, number: delivered }
  const said = { address, epoch: 1, mark, delivery: { ...plain, ...delivery } }
  gate.node.toGate(gateDeliver, said)
}

describe('fan-out', () => {
  test('each kind of delivery becomes its message, on the channel of each member', async () => {
    const gate = await fixture()
    const [ada, eve] = [await gate.enter('Ada'), await gate.enter('Eve')]
    await joinPlaza(ada, 1)
    await joinPlaza(eve, 300)
    const payload = Uint8Array.of(9)
    deliver(gate, 'room/plaza/a', { kind: 'full', payload })
    deliver(gate, 'room/plaza/a', { kind: 'delta', payload })
    deliver(gate, 'room/plaza/a', { kind: 'event', event: 4, payload })
    await settled()
    for (const [socket, channel] of [[ada, 1] as const, [eve, 300] as const]) {
      assert.deepEqual(socket.of('stateFull'), [{ channel, state: payload }])
      assert.deepEqual(socket.of('stateDelta'), [{ channel, delta: payload }])
      const mark = { epoch: 1, number: delivered }
      assert.deepEqual(socket.of('event'), [{ channel, event: 4, ...mark, payload }])
    }
  })

  test('one write per client and turn, the very same bytes for the same channel', async () => {
    const gate = await fixture()
    const sockets = [await gate.enter(), await gate.enter(), await gate.enter()]
    for (const socket of sockets) await joinPlaza(socket, 1)
    const before = sockets.map(({ written }) => written.length)
    deliver(gate, 'room/plaza/a', { kind: 'delta' })
    deliver(gate, 'room/plaza/a', { kind: 'event' })
    await settled()
    const writes = sockets.map(({ written }, index) => written.slice(before[index]))
    assert.deepEqual(
      writes.map(({ length }) => length),
      [1, 1, 1],
    )
    assert.equal(writes[0]?.[0], writes[1]?.[0])
    assert.equal(writes[0]?.[0], writes[2]?.[0])
  })

  test('a channel that was ended by the activation is free again', async () => {
    const gate = await fixture()
    const socket = await gate.enter()
    await joinPlaza(socket, 1)
    const payload = new TextEncoder().encode('KICKED')
    deliver(gate, 'room/plaza/a', { kind: 'left', payload })
    await settled()
    assert.deepEqual(socket.of('left'), [{ channel: 1, error: 'KICKED' }])
    deliver(gate, 'room/plaza/a', { kind: 'event' })
    await joinPlaza(socket, 1)
    assert.equal(socket.of('event').length, 0)
    assert.deepEqual(
      socket.of('reply').map(({ id }) => id),
      [1, 1],
    )
    assert.deepEqual(gate.host.ops('leave'), [])
  })

  test('what comes late of a stay that has ended is not taken for the next', async () => {
    const gate = await fixture()
    const socket = await gate.enter()
    await joinPlaza(socket, 1)
    const to = members(gate)
    socket.say('leave', { channel: 1 })
    await joinPlaza(socket, 2)
    const payload = new TextEncoder().encode('KICKED')
    for (const kind of ['event', 'left'] as const) {
      deliver(gate, 'room/plaza/a', { kind, to, payload })
    }
    await settled()
    assert.deepEqual([...socket.of('event'), ...socket.of('left')], [])
    deliver(gate, 'room/plaza/a', { kind: 'event', to: members(gate) })
    await settled()
    assert.deepEqual(
      socket.of('event').map(({ channel }) => channel),
      [2],
    )
    assert.deepEqual(gate.host.ops('leave', 'connection'), ['leave room/plaza/a'])
  })

  test('the first state may come before the answer to the join', async () => {
    const gate = await fixture()
    const socket = await gate.enter()
    gate.host.answer = async ({ message }) => {
      if (message.op === 'join') deliver(gate, 'room/plaza/a', { kind: 'full' })
      return new Uint8Array(0)
    }
    await joinPlaza(socket, 1)
    assert.deepEqual(socket.types.slice(1), ['stateFull', 'reply'])
  })

  test('commands reach the activation in order, with their sequence', async () => {
    const gate = await fixture()
    const socket = await gate.enter()
    await joinPlaza(socket, 1)
    for (let sequence = 1; sequence <= 3; sequence++) {
      const type = sequence === 2 ? 'commandUnreliable' : 'command'
      socket.say(type, { channel: 1, command: 1, sequence, seen: 0, input })
    }
    await settled()
    const [{ session = '' } = {}] = members(gate)
    assert.deepEqual(
      gate.host.sent.slice(1).map(({ message }) => message),
      [1, 2, 3].map((sequence) => ({
        op: 'command',
        session,
        command: 1,
        sequence,
        input,
      })),
    )
  })
})

describe('slow consumers', () => {
  const limits = { slowConsumerHardBytesMax: 1000, slowConsumerMs: 3000 }

  test('whose backlog does not shrink are cut off, and may resume', async () => {
    const gate = await fixture({ limits })
    const socket = await gate.enter()
    socket.bufferedBytes = 5000
    await gate.clock.advance(3000)
    assert.equal(socket.terminated, false)
    await gate.clock.advance(2000)
    assert.equal(socket.terminated, true)
    const { sessions, connected, slowConsumers } = gate.gate.stats()
    assert.deepEqual(
      { sessions, connected, slowConsumers },
      { sessions: 1, connected: 0, slowConsumers: 1 },
    )
  })

  test('whose backlog shrinks are left alone', async () => {
    const gate = await fixture({ limits })
    const socket = await gate.enter()
    for (let bytes = 50_000; bytes > 20_000; bytes -= 1000) {
      socket.bufferedBytes = bytes
      await gate.clock.advance(1000)
    }
    assert.equal(socket.terminated, false)
  })
})

describe('replacing the game', () => {
  const drift = { ...walk, name: 'drift', reliable: false }
  const jump = { ...walk, name: 'jump' }

  test('the manifest is a numbered message, channels of vanished blocks end', async () => {
    const gate = await fixture()
    const socket = await gate.enter()
    await joinPlaza(socket, 1)
    socket.say('join', {
      id: 2,
      block: blocks.frontier,
      mode: 0,
      key: '',
      channel: 2,
      options: new Uint8Array(0),
    })
    await settled()
    const game = demoGame({ worlds: {} } as never)
    await gate.gate.replaceGame(game, async () => {})
    await settled()
    assert.deepEqual(socket.of('left'), [{ channel: 2, error: 'BLOCK_GONE' }])
    assert.equal(socket.of('manifest')[0]?.manifestHash, game.manifestHash)
    assert.deepEqual(socket.types.slice(-2), ['manifest', 'left'])
  })

  test('until a client has acknowledged it, its numbers are those of the old one', async () => {
    const gate = await fixture()
    const socket = await gate.enter()
    await joinPlaza(socket, 1)
    const rooms = { plaza: plazaBlock([jump, drift, walk]) }
    await gate.gate.replaceGame(demoGame({ rooms } as never), async () => {})
    const command = { channel: 1, sequence: 1, seen: 0, input }
    // In the old game 0 was walk, which is 2 now.
    socket.say('command', { ...command, command: 0 })
    socket.say('command', { ...command, command: 2 })
    await settled()
    assert.deepEqual(
      socket.of('fail').map(({ error }) => error),
      ['UNKNOWN_COMMAND'],
    )
    socket.say('ping', { time: 0, received: 3 })
    socket.say('command', { ...command, command: 0 })
    await settled()
    const numbers = gate.host.sent.flatMap(({ message }) =>
      message.op === 'command' ? [message.command] : [],
    )
    assert.deepEqual(numbers, [2, 0])
  })

  test('what has changed meanwhile is not guessed at', async () => {
    const gate = await fixture()
    const socket = await gate.enter()
    await joinPlaza(socket, 1)
    const other = { ...walk, input: Options.describe() }
    const rooms = { plaza: plazaBlock([other, drift]) }
    await gate.gate.replaceGame(demoGame({ rooms, actors: {} } as never), async () => {})
    socket.say('command', { channel: 1, command: 0, sequence: 1, seen: 0, input })
    socket.say('call', { id: 5, block: blocks.hero, key: 'a', method: 0, input })
    await settled()
    const errors = socket.of('fail').map(({ error }) => error)
    assert.deepEqual(errors, ['MANIFEST_STALE', 'BLOCK_GONE'])
  })

  test('a client that was away learns of it in its turn', async () => {
    const gate = await fixture()
    const first = await gate.enter()
    await joinPlaza(first, 1)
    const old = first.welcomed().manifestHash
    first.drop()
    await settled()
    deliver(gate, 'room/plaza/a', { kind: 'event' })
    await gate.gate.replaceGame(demoGame({ actors: {} } as never), async () => {})
    const socket = gate.connect()
    const { session, resumeToken: token } = first.welcomed()
    socket.hello({ type: 'resume', session, token, received: 1 }, old)
    await settled()
    assert.deepEqual(socket.types, ['welcome', 'event', 'manifest'])
    assert.equal(socket.welcomed().manifestHash, old)
    assert.equal(socket.welcomed().manifest.length, 0)
  })

  test('a client that has the manifest, but could not tell, keeps it', async () => {
    const gate = await fixture()
    const first = await gate.enter()
    await joinPlaza(first, 1)
    const game = demoGame({ actors: {} } as never)
    await gate.gate.replaceGame(game, async () => {})
    first.drop()
    await settled()
    const socket = gate.connect()
    const { session, resumeToken: token } = first.welcomed()
    const received = first.types.filter((type) => type !== 'welcome').length
    socket.hello({ type: 'resume', session, token, received }, game.manifestHash)
    await settled()
    assert.equal(socket.welcomed().manifestHash, game.manifestHash)
    assert.equal(socket.welcomed().manifest.length, 0)
  })

  test('a client that lost the manifest for good begins anew', async () => {
    const gate = await fixture({ limits: { resumeMessagesMax: 3 } })
    const first = await gate.enter()
    await joinPlaza(first, 1)
    first.drop()
    await settled()
    const game = demoGame({ actors: {} } as never)
    await gate.gate.replaceGame(game, async () => {})
    for (let n = 0; n < 5; n++) deliver(gate, 'room/plaza/a', { kind: 'event' })
    const socket = gate.connect()
    const { session, resumeToken: token, player } = first.welcomed()
    socket.hello({ type: 'resume', session, token, received: 1 }, 'old')
    await settled()
    const welcome = socket.welcomed()
    assert.equal(welcome.resumed, false)
    assert.equal(welcome.player, player)
    assert.equal(welcome.manifestHash, game.manifestHash)
    assert.ok(welcome.manifest.length > 0)
  })
})

test('statistics tell what is there', async () => {
  const gate = await fixture()
  const socket = await gate.enter()
  await joinPlaza(socket, 1)
  socket.say('ping', { time: 0, received: 0 })
  await settled()
  const stats = gate.gate.stats()
  const { sessions, connected, logins, ringMessages, messagesIn, writesOut } = stats
  assert.deepEqual(
    { sessions, connected, logins, ringMessages, messagesIn, writesOut },
    { sessions: 1, connected: 1, logins: 1, ringMessages: 1, messagesIn: 3, writesOut: 3 },
  )
  assert.ok(stats.bytesIn > 50 && stats.bytesOut > 500 && stats.ringBytes > 0)
  socket.say('ping', { time: 0, received: 1 })
  assert.equal(gate.gate.stats().ringMessages, 0)
})
