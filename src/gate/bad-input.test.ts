import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { errorRegistry } from '../errors/index.ts'
import { clientMessages, FoundRoom } from '../protocol/index.ts'
import { encode } from '../schema/index.ts'
import { defaultGateLimits } from './limits.ts'
import type { FakeSocket } from './test-kit/fake-socket.ts'
import { blocks, fixture, Options, Say, Walk } from './test-kit/fixture.ts'
import { settled } from './test-kit/virtual-clock.ts'

const ticket = 'A'.repeat(43)
const resume = { type: 'resume', session: 'none', token: ticket, received: 0 } as const
const said = (words: string): Uint8Array => encode(Say, { words })

async function ended(socket: FakeSocket): Promise<string> {
  await settled()
  const [bye] = socket.of('bye')
  return `${bye?.error} ${socket.closed?.code}`
}

function fails(socket: FakeSocket): string[] {
  return socket.of('fail').map(({ id, channel, error }) => `${id} ${channel} ${error}`)
}

describe('what breaks the protocol ends the connection, with its code', () => {
  const garbage = Uint8Array.of(200, 1, 2, 3)
  const cases: [string, (socket: FakeSocket) => void, string][] = [
    ['text', (s) => s.text(), 'TEXT_FRAME 4415'],
    ['garbage', (s) => s.raw(garbage), 'PROTOCOL_GARBAGE 4400'],
    ['an empty message', (s) => s.raw(new Uint8Array(0)), 'PROTOCOL_GARBAGE 4400'],
    ['a truncated message', (s) => s.raw(Uint8Array.of(1, 90, 1)), 'PROTOCOL_GARBAGE 4400'],
    ['an oversized message', (s) => s.raw(new Uint8Array(70_000)), 'FRAME_TOO_LARGE 4413'],
    ['a ping before hello', (s) => s.say('ping', { time: 0, received: 0 }), 'HELLO_REQUIRED 4402'],
    [
      'a command before hello',
      (s) => s.say('command', { channel: 1, command: 0, sequence: 1, seen: 0, input: said('') }),
      'HELLO_REQUIRED 4402',
    ],
    ['an unknown ticket', (s) => s.hello({ type: 'ticket', ticket }), 'TICKET_INVALID 4401'],
    ['a short ticket', (s) => s.hello({ type: 'ticket', ticket: 'x' }), 'TICKET_INVALID 4401'],
    ['an unknown session', (s) => s.hello(resume), 'RESUME_INVALID 4410'],
    [
      'another version',
      (s) => s.say('hello', { protocol: 99, manifestHash: '', login: { type: 'ticket', ticket } }),
      'PROTOCOL_VERSION 4426',
    ],
  ]
  for (const [name, act, expected] of cases) {
    test(name, async () => {
      const { gate, connect } = await fixture()
      const socket = connect()
      act(socket)
      assert.equal(await ended(socket), expected)
      assert.equal(gate.stats().refused, 1)
    })
  }

  test('silence', async () => {
    const { connect, clock } = await fixture()
    const socket = connect()
    await clock.advance(defaultGateLimits.helloTimeoutMs - 1)
    assert.equal(socket.closed, undefined)
    await clock.advance(1)
    assert.equal(await ended(socket), 'HELLO_TIMEOUT 4408')
  })

  test('anything between hello and welcome', async () => {
    const { connect, login } = await fixture()
    const { ticket: good } = await login()
    const socket = connect()
    socket.hello({ type: 'ticket', ticket: good })
    socket.say('ping', { time: 0, received: 0 })
    assert.equal(await ended(socket), 'HELLO_REQUIRED 4402')
    assert.deepEqual(socket.of('welcome'), [])
  })

  test('hello twice, and acknowledging what was never sent', async () => {
    const { enter } = await fixture()
    const twice = await enter()
    twice.hello(resume)
    assert.equal(await ended(twice), 'PROTOCOL_GARBAGE 4400')
    const boaster = await enter()
    boaster.say('ping', { time: 0, received: 5 })
    assert.equal(await ended(boaster), 'PROTOCOL_GARBAGE 4400')
  })

  test('random bytes never do anything else', async () => {
    const { connect, enter, gate, clock } = await fixture()
    const bystander = await enter()
    const bytes = fc.uint8Array({ minLength: 1, maxLength: 80, size: 'max' })
    const property = fc.asyncProperty(bytes, fc.boolean(), async (bytes, loggedIn) => {
      await clock.advance(1000)
      if (!loggedIn) {
        const socket = connect()
        socket.raw(bytes)
        await settled()
        assert.match(await ended(socket), /^(PROTOCOL_GARBAGE|HELLO_REQUIRED) 44/)
        return
      }
      // Well-formed messages with random content must not cost the connection.
      const [b0 = 0, b1 = 0] = bytes
      const before = bystander.written.length
      bystander.say('call', { id: 1, block: b0, key: 'ada', method: b1, input: bytes })
      bystander.say('command', { channel: b0, command: b1, sequence: 1, seen: 0, input: bytes })
      await settled()
      assert.equal(bystander.closed, undefined)
      assert.ok(bystander.written.length > before)
    })
    await fc.assert(property, { numRuns: 300 })
    assert.ok(gate.stats().sessions >= 1)
  })
})

describe('a wrong request is answered, and the session goes on', () => {
  const input = said('hi')
  const call = { id: 7, block: blocks.echo, key: '', method: 0, input }
  const options = encode(Options, { team: 1 })
  const joining = { id: 7, block: blocks.plaza, mode: 2, key: 'a', channel: 9, options }
  const command = {
    channel: 1,
    command: 0,
    sequence: 1,
    seen: 0,
    input: encode(Walk, { dx: 1, dy: 0 }),
  }
  const cases: [string, (socket: FakeSocket) => void, string][] = [
    ['unknown block', (s) => s.say('call', { ...call, block: 99 }), '7 0 UNKNOWN_BLOCK'],
    ['a room is not called', (s) => s.say('call', { ...call, block: 2 }), '7 0 UNKNOWN_BLOCK'],
    ['unknown method', (s) => s.say('call', { ...call, method: 9 }), '7 0 UNKNOWN_METHOD'],
    ['a call for the server', (s) => s.say('call', { ...call, method: 1 }), '7 0 ACCESS_DENIED'],
    [
      "another player's actor",
      (s) => s.say('call', { ...call, block: blocks.hero, method: 1, key: 'bob' }),
      '7 0 ACCESS_DENIED',
    ],
    [
      'an odd key',
      (s) => s.say('call', { ...call, block: blocks.hero, key: '../x' }),
      '7 0 KEY_INVALID',
    ],
    [
      'wrong types',
      (s) => s.say('call', { ...call, input: Uint8Array.of(200) }),
      '7 0 SCHEMA_TRUNCATED',
    ],
    [
      'too much of the right type',
      (s) => s.say('call', { ...call, input: encode(Say, { words: 'x'.repeat(99) }) }),
      '7 0 SCHEMA_LIMIT',
    ],
    ['a bug of the game', (s) => s.say('call', { ...call, input: said('boom') }), '7 0 INTERNAL'],
    ['unknown channel', (s) => s.say('command', { ...command, channel: 8 }), '0 8 UNKNOWN_CHANNEL'],
    ['unknown command', (s) => s.say('command', { ...command, command: 9 }), '0 1 UNKNOWN_COMMAND'],
    [
      'wrong types in a command',
      (s) => s.say('command', { ...command, input: Uint8Array.of(1) }),
      '0 1 SCHEMA_TRUNCATED',
    ],
    [
      'a number that is none',
      (s) => s.say('command', { ...command, input: new Uint8Array(8).fill(255) }),
      '0 1 SCHEMA_MALFORMED',
    ],
    ['wrong options', (s) => s.say('join', { ...joining, options: input }), '7 0 SCHEMA_MALFORMED'],
    [
      'a service is not joined',
      (s) => s.say('join', { ...joining, block: 0 }),
      '7 0 UNKNOWN_BLOCK',
    ],
    ['a channel twice', (s) => s.say('join', { ...joining, channel: 1 }), '7 0 CHANNEL_IN_USE'],
    ['a room twice', (s) => s.say('join', { ...joining, key: 'first' }), '7 0 CHANNEL_IN_USE'],
    [
      "watching another player's actor",
      (s) => s.say('join', { ...joining, block: blocks.hero, key: 'bob', options: none }),
      '7 0 ACCESS_DENIED',
    ],
    ['rooms of a service', (s) => s.say('listRooms', { id: 7, block: 0 }), '7 0 UNKNOWN_BLOCK'],
  ]
  const none = new Uint8Array(0)
  for (const [name, act, expected] of cases) {
    test(name, async () => {
      const { enter, host } = await fixture()
      const socket = await enter()
      socket.say('join', { ...joining, channel: 1, key: 'first' })
      await settled()
      const reached = host.sent.length
      act(socket)
      await settled()
      assert.deepEqual(fails(socket), [expected])
      assert.equal(host.sent.length, reached, 'it reached a mailbox')
      socket.say('call', { ...call, id: 8 })
      await settled()
      assert.deepEqual(socket.of('reply').at(-1), { id: 8, output: said('HI') })
    })
  }

  test('a full room, an unknown room: what the activation says is passed on', async () => {
    const { enter, host } = await fixture()
    const socket = await enter()
    const { RealmError } = await import('../errors/index.ts')
    host.answer = () => Promise.reject(new RealmError('REFUSED', 'the room is full'))
    socket.say('join', joining)
    await settled()
    const [fail] = socket.of('fail')
    assert.deepEqual(fail, { id: 7, channel: 0, error: 'REFUSED', detail: 'the room is full' })
    host.answer = () => none
    socket.say('join', { ...joining, id: 8 })
    await settled()
    assert.equal(socket.of('reply').at(-1)?.id, 8, 'the channel is free again')
  })

  test('a room that is found by the matchmaker', async () => {
    const { enter, host } = await fixture()
    const socket = await enter()
    host.answer = ({ message }) =>
      message.op === 'call' ? encode(FoundRoom, { key: 'x7f3' }) : none
    socket.say('join', { ...joining, mode: 0, key: '' })
    await settled()
    assert.deepEqual(host.ops('call', 'join'), ['call match/plaza/main', 'join room/plaza/x7f3'])
  })

  test('a call that never answers', async () => {
    const { enter, clock } = await fixture()
    const socket = await enter()
    socket.say('call', { ...call, input: said('never') })
    await clock.advance(defaultGateLimits.callTimeoutMs)
    assert.deepEqual(fails(socket), ['7 0 DEADLINE'])
  })

  test('too many calls at once', async () => {
    const { enter } = await fixture({ limits: { callsPendingMax: 3 } })
    const socket = await enter()
    for (let id = 1; id <= 4; id++) socket.say('call', { ...call, id, input: said('never') })
    await settled()
    assert.deepEqual(fails(socket), ['4 0 CALLS_PENDING'])
  })

  test('too many channels', async () => {
    const { enter } = await fixture({ limits: { channelsMax: 1 } })
    const socket = await enter()
    socket.say('join', { ...joining, channel: 1 })
    socket.say('join', { ...joining, channel: 2, key: 'b' })
    await settled()
    assert.deepEqual(fails(socket), ['7 0 CHANNELS_FULL'])
  })
})

describe('limits of one connection', () => {
  const limits = { messagesPerSecondMax: 10, messagesBurstMax: 20, floodMessagesMax: 30 }
  const call = { block: blocks.echo, key: '', method: 0, input: said('x') }

  test('what is over the rate is dropped and told, the rest is served', async () => {
    const { enter, clock, gate } = await fixture({ limits })
    const socket = await enter()
    for (let id = 1; id <= 25; id++) socket.say('call', { ...call, id })
    await settled()
    assert.equal(socket.of('reply').length, 20)
    const expected = [21, 22, 23, 24, 25].map((id) => `${id} 0 RATE_LIMITED`)
    assert.deepEqual(fails(socket), expected)
    assert.equal(gate.stats().rateLimited, 5)
    await clock.advance(1000)
    socket.say('call', { ...call, id: 99 })
    await settled()
    assert.equal(socket.of('reply').at(-1)?.id, 99)
  })

  test('dropped commands are told about twice, not each time', async () => {
    const { enter } = await fixture({ limits })
    const socket = await enter()
    const input = encode(Walk, { dx: 0, dy: 0 })
    for (let n = 1; n <= 45; n++) {
      socket.say('commandUnreliable', { channel: 5, command: 0, sequence: n, seen: 0, input })
    }
    await settled()
    assert.equal(fails(socket).filter((fail) => fail === '0 5 RATE_LIMITED').length, 2)
  })

  test('a flood ends the connection, also one in a single message', async () => {
    const { enter } = await fixture({ limits })
    const one = await enter()
    for (let id = 1; id <= 60; id++) one.say('call', { ...call, id })
    assert.equal(await ended(one), 'FLOOD 4429')
    const other = await enter()
    const ping = clientMessages.encode('ping', { time: 0, received: 0 })
    other.raw(new Uint8Array(ping.length * 60).map((_, index) => ping[index % ping.length] ?? 0))
    assert.equal(await ended(other), 'FLOOD 4429')
  })

  test('bytes are limited like messages', async () => {
    const { enter } = await fixture({ limits: { bytesPerSecondMax: 100, bytesBurstMax: 200 } })
    const socket = await enter()
    for (let id = 1; id <= 30; id++) socket.say('call', { ...call, id })
    await settled()
    const served = socket.of('reply').length
    assert.ok(served > 5 && served < 30, `${served} were served`)
    assert.equal(fails(socket).length, 30 - served)
  })

  test('leaving is never dropped', async () => {
    const { enter, host } = await fixture({ limits })
    const socket = await enter()
    const options = encode(Options, { team: 1 })
    socket.say('join', { id: 1, block: blocks.plaza, mode: 2, key: 'a', channel: 1, options })
    for (let id = 2; id <= 25; id++) socket.say('call', { ...call, id })
    socket.say('leave', { channel: 1 })
    await settled()
    assert.deepEqual(host.ops('leave'), ['leave room/plaza/a'])
  })
})

test('worlds cannot be made up by naming them', async () => {
  const { enter, host } = await fixture()
  const socket = await enter()
  const joining = { id: 1, block: blocks.frontier, mode: 2, channel: 1, options: new Uint8Array(0) }
  for (let id = 1; id <= 50; id++) socket.say('join', { ...joining, id, key: `line-${id}` })
  await settled()
  assert.equal(fails(socket).filter((fail) => fail.endsWith(' 0 LINE_UNKNOWN')).length, 50)
  assert.deepEqual(host.ops('join'), [])
  socket.say('join', { ...joining, id: 51, key: '' })
  await settled()
  assert.deepEqual(host.ops('join'), ['join world/frontier/main'])
})

test('close codes of the registry are unique and of the range for programs', () => {
  const codes = Object.values(errorRegistry).flatMap((entry) =>
    'close' in entry ? [entry.close as number] : [],
  )
  assert.ok(codes.every((code) => code >= 4000 && code <= 4999))
  assert.equal(new Set(codes).size, codes.length)
})
