import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import { connect as dial, type Socket } from 'node:net'
import { after, afterEach, before, describe, test } from 'node:test'
import { type ErrorCode, errorRegistry } from '../src/errors/index.ts'
import { encode, record, text } from '../src/schema/index.ts'
import type hall from './fixtures/hall.ts'
import { type GameProcess, startGame } from './game-process.ts'
import { enter, type TestPlayer } from './kit/player.ts'
import { blockNumbers, insider, login, Stranger } from './kit/stranger.ts'
import { until } from './kit/until.ts'

const Words = record({ words: text({ max: 200 }) })
const none = new Uint8Array(0)

let game: GameProcess
let block: (name: string) => number
let ada: TestPlayer<typeof hall>
let adas: Awaited<ReturnType<typeof ada.realm.rooms.hall.joinOrCreate>>
let field: Awaited<ReturnType<typeof ada.realm.worlds.field.join>>
/** Says hello with half a request, from the beginning of the tests to their end. */
let loris: { socket: Socket; answer: string; ended: boolean }
/** Opens a socket and never says a word. */
let silent: Stranger
let says = 0
let steps = 0

before(async () => {
  game = await startGame(['run', 'test/fixtures/hall.ts'])
  block = await blockNumbers(game.url)
  ada = await enter<typeof hall>(game.url, 'Ada')
  adas = await ada.realm.rooms.hall.joinOrCreate()
  field = await ada.realm.worlds.field.join()
  loris = slowLoris(game.port)
  silent = await new Stranger(game.url).opened()
})

after(async () => {
  ada?.realm.close()
  await game?.kill()
})

/** Somebody else plays all the while, and notices nothing. */
async function adaIsWell(): Promise<void> {
  assert.deepEqual(ada.statuses, [], 'the connection of a bystander changed')
  assert.deepEqual(ada.errors, [], 'a bystander was told of an error')
  const words = `still here ${++says}`
  const { ticks } = adas.state
  adas.send.say({ words })
  field.send.walk({ dx: 0.25 })
  steps += 1
  assert.deepEqual(await ada.realm.services.echo.say({ words }), { words: words.toUpperCase() })
  const { id } = ada.realm.player
  await until('state for a bystander', () => {
    const seen = field.entities.get(field.me)?.fields.steps
    return adas.state.words.get(id) === words && adas.state.ticks > ticks && seen === steps
  })
}

afterEach(adaIsWell)

function slowLoris(port: number): typeof loris {
  const socket = dial(port, '127.0.0.1')
  const state = { socket, answer: '', ended: false }
  socket.on('data', (chunk: Buffer) => {
    state.answer += chunk
  })
  socket.on('close', () => {
    state.ended = true
  })
  socket.on('error', () => {})
  socket.write('GET /health HTTP/1.1\r\nhost: localhost\r\n')
  const drip = setInterval(() => socket.writable && socket.write('x-more: please\r\n'), 1_000)
  socket.on('close', () => clearInterval(drip))
  return state
}

describe('what breaks the protocol costs the connection', () => {
  const ticket = 'A'.repeat(43)
  const say = { channel: 1, command: 0, sequence: 1, seen: 0, input: none }
  const cases: [string, (s: Stranger) => void | Promise<void>, ErrorCode][] = [
    ['a text frame', (s) => s.socket.send('{"hello":1}'), 'TEXT_FRAME'],
    ['garbage', (s) => s.socket.send(Uint8Array.of(200, 1, 2, 3)), 'PROTOCOL_GARBAGE'],
    ['an empty frame', (s) => s.socket.send(none), 'PROTOCOL_GARBAGE'],
    ['a frame beyond the limit', (s) => s.socket.send(Buffer.alloc(70_000)), 'FRAME_TOO_LARGE'],
    ['a command before login', (s) => s.say('command', say), 'HELLO_REQUIRED'],
    ['a forged ticket', (s) => s.hello(ticket), 'TICKET_INVALID'],
    ['a ticket that is none', (s) => s.hello('x'), 'TICKET_INVALID'],
  ]
  for (const [name, act, code] of cases) {
    test(`${name}: ${code}`, async () => {
      const stranger = await new Stranger(game.url).opened()
      await act(stranger)
      assert.equal(await stranger.ended(), ended(code))
    })
  }

  test('garbage from somebody logged in', async () => {
    const stranger = await insider(game.url)
    stranger.socket.send(Uint8Array.of(5, 255, 255, 255))
    assert.equal(await stranger.ended(), ended('PROTOCOL_GARBAGE'))
  })

  test('a frame of megabytes is not even read', async () => {
    const stranger = await insider(game.url)
    stranger.socket.send(Buffer.alloc(4_000_000))
    assert.match(await stranger.ended(), / (1006|1009)$/)
  })

  test('a ticket presented a second time', async () => {
    const { ticket } = await login(game.url, 'Mallory')
    const first = await new Stranger(game.url).opened()
    first.hello(ticket)
    await until('welcome', () => first.of('welcome')[0])
    const second = await new Stranger(game.url).opened()
    second.hello(ticket)
    assert.equal(await second.ended(), ended('TICKET_INVALID'))
    assert.ok(first.open, 'a replay cost its victim the connection')
    first.socket.close()
  })

  test('a ticket in the address opens nothing, and is not used up', async () => {
    const { ticket } = await login(game.url, 'Mallory')
    const stranger = await new Stranger(game.url, { query: `?ticket=${ticket}` }).opened()
    stranger.say('command', say)
    assert.equal(await stranger.ended(), ended('HELLO_REQUIRED'))
    const proper = await new Stranger(game.url).opened()
    proper.hello(ticket)
    await until('welcome', () => proper.of('welcome')[0])
    proper.socket.close()
  })

  test('a page from elsewhere', async () => {
    const stranger = new Stranger(game.url, { origin: 'https://evil.example' })
    assert.equal(await stranger.ended(), ended('ORIGIN_FORBIDDEN'))
  })

  test('a flood: dropped at first, and told so, then cut off', async () => {
    const stranger = await insider(game.url)
    const shout = (times: number) => {
      for (let sent = 0; sent < times; sent += 1) stranger.say('command', say)
    }
    shout(200)
    await until('a warning', () => stranger.of('fail').some((f) => f.error === 'RATE_LIMITED'))
    assert.ok(stranger.open)
    shout(2_000)
    assert.equal(await stranger.ended(), ended('FLOOD'))
  })
})

function ended(code: ErrorCode): string {
  const entry = errorRegistry[code]
  return `${code} ${'close' in entry ? entry.close : 'none'}`
}

describe('a wrong request is answered, and its sender goes on', () => {
  const id = 7
  const call = (name: string, key = '') => ({ id, block: block(name), key, method: 0, input: none })
  const join = (name: string) => {
    return { id, block: block(name), mode: 0, key: '', channel: 9, options: none }
  }
  const said = (words: string) => encode(Words, { words })
  const command = { channel: 1, command: 0, sequence: 1, seen: 0, input: said('hello') }

  const cases: [string, (s: Stranger) => void, ErrorCode][] = [
    ['unknown command', (s) => s.say('command', { ...command, command: 9 }), 'UNKNOWN_COMMAND'],
    ['too few bytes', (s) => s.say('command', { ...command, input: none }), 'SCHEMA_TRUNCATED'],
    [
      'too long a text',
      (s) => s.say('command', { ...command, input: said('x'.repeat(41)) }),
      'SCHEMA_LIMIT',
    ],
    [
      'bytes left over',
      (s) => s.say('command', { ...command, input: Uint8Array.of(1, 65, 66) }),
      'SCHEMA_MALFORMED',
    ],
    ['unknown channel', (s) => s.say('command', { ...command, channel: 5 }), 'UNKNOWN_CHANNEL'],
    [
      'a handler that throws',
      (s) => s.say('command', { ...command, command: 1, input: none }),
      'HANDLER_FAILED',
    ],
    ['unknown block', (s) => s.say('call', { ...call('echo'), block: 99 }), 'UNKNOWN_BLOCK'],
    ['unknown call', (s) => s.say('call', { ...call('echo'), method: 9 }), 'UNKNOWN_METHOD'],
    ['a call that throws', (s) => s.say('call', { ...call('echo'), method: 1 }), 'HANDLER_FAILED'],
    [
      'a call of the server',
      (s) => s.say('call', { ...call('purse', s.player), method: 1, input: Uint8Array.of(1, 0) }),
      'ACCESS_DENIED',
    ],
    [
      "another player's purse",
      (s) => s.say('call', { ...call('purse', 'ada'), input: Uint8Array.of(1, 0) }),
      'ACCESS_DENIED',
    ],
    ['an odd key', (s) => s.say('call', call('purse', '../ada')), 'KEY_INVALID'],
    [
      'an unknown room',
      (s) => s.say('join', { ...join('hall'), mode: 2, key: 'nowhere' }),
      'ROOM_UNKNOWN',
    ],
    ['a mode that is none', (s) => s.say('join', { ...join('hall'), mode: 9 }), 'SCHEMA_INVALID'],
  ]
  for (const [name, act, code] of cases) {
    test(`${name}: ${code}`, async () => {
      const stranger = await insider(game.url)
      stranger.say('join', { ...join('hall'), channel: 1, id: 1 })
      await until('the hall', () => stranger.of('reply')[0])
      act(stranger)
      assert.equal(await stranger.refused(), code)
      stranger.say('command', { ...command })
      stranger.say('ping', { time: 0, received: 0 })
      await until('an answer after the refusal', () => stranger.of('pong')[0])
      stranger.say('bye', {})
      assert.equal(await stranger.ended(), 'undefined 1000')
    })
  }

  test('a full room: ROOM_FULL', async () => {
    const nook = await ada.realm.rooms.nook.create()
    const stranger = await insider(game.url)
    stranger.say('join', { ...join('nook'), mode: 2, key: nook.id })
    assert.equal(await stranger.refused(), 'ROOM_FULL')
    nook.leave()
    stranger.socket.close()
  })
})

describe('HTTP', () => {
  test('a page from elsewhere gets no answer that it may read', async () => {
    const answer = await post('/realm/login', '{"guest":"Eve"}', { origin: 'https://evil.example' })
    assert.equal(answer.code, 'ORIGIN_FORBIDDEN')
    assert.equal(answer.status, 403)
    assert.equal(answer.headers['access-control-allow-origin'], undefined)
  })

  const cases: [string, string, string | Buffer, number, string][] = [
    ['a body too large', '/realm/login', Buffer.alloc(1_100_000, 'x'), 413, 'HTTP_BODY_TOO_LARGE'],
    ['no JSON', '/realm/login', '{"guest":', 400, 'BODY_INVALID'],
    ['no object', '/realm/login', '[1]', 400, 'BODY_INVALID'],
    ['no name', '/realm/login', '{"guest":""}', 401, 'LOGIN_INVALID'],
    [
      'credentials where there are guests',
      '/realm/login',
      '{"credentials":1}',
      401,
      'LOGIN_INVALID',
    ],
    ['a call without a token', '/realm/call/echo/say', '{"words":"hi"}', 401, 'TOKEN_INVALID'],
    ['a path that is none', '/realm/nothing', '{}', 404, 'HTTP_NOT_FOUND'],
    ['a path out of the folder', '/..%2f..%2fpackage.json', '', 404, 'HTTP_NOT_FOUND'],
  ]
  for (const [name, path, body, status, code] of cases) {
    test(`${name}: ${code}`, async () => {
      const answer = await post(path, body)
      assert.deepEqual({ code: answer.code, status: answer.status }, { code, status })
    })
  }

  test('wrong types in a call: SCHEMA_INVALID, and the path of the value', async () => {
    const { token } = await login(game.url, 'Mallory')
    const authorization = `Bearer ${token}`
    const wrong = await post('/realm/call/echo/say', '{"words":1}', { authorization })
    assert.equal(wrong.code, 'SCHEMA_INVALID')
    assert.match(wrong.message, /words/)
    const forged = await post('/realm/call/echo/say', '{}', { authorization: `${authorization}x` })
    assert.equal(forged.code, 'TOKEN_INVALID')
    const broken = await post('/realm/call/echo/break', '{}', { authorization })
    assert.equal(broken.code, 'HANDLER_FAILED')
    assert.doesNotMatch(broken.message, /a bug of the game/, 'the cause is for the log only')
  })

  test('a body announced to be far too large is not waited for', async () => {
    const head = 'POST /realm/login HTTP/1.1\r\nhost: x\r\ncontent-length: 900000000\r\n\r\n'
    assert.match(await raw(head), /^HTTP\/1\.1 413 .*"HTTP_BODY_TOO_LARGE"/s)
  })

  test('bytes that are no request: HTTP_MALFORMED', async () => {
    assert.match(await raw('\u0000\u0001 nonsense\r\n\r\n'), /^HTTP\/1\.1 400 .*"HTTP_MALFORMED"/s)
  })

  test('headers without end: HTTP_HEADERS_TOO_LARGE', async () => {
    const head = `GET / HTTP/1.1\r\nhost: x\r\nx-much: ${'y'.repeat(40_000)}\r\n\r\n`
    assert.match(await raw(head), /^HTTP\/1\.1 431 .*"HTTP_HEADERS_TOO_LARGE"/s)
  })

  test('a socket at another path, and plain HTTP at the path of sockets', async () => {
    const key = Buffer.alloc(16).toString('base64')
    const upgrade =
      'GET /elsewhere HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n' +
      `sec-websocket-key: ${key}\r\nsec-websocket-version: 13\r\n\r\n`
    assert.match(await raw(upgrade), /^HTTP\/1\.1 404 .*"HTTP_NOT_FOUND"/s)
    const { status, code } = await post('/realm', '')
    assert.deepEqual({ status, code }, { status: 426, code: 'SOCKET_EXPECTED' })
  })
})

describe('those who only wait', () => {
  test('a socket that never says hello: HELLO_TIMEOUT', async () => {
    assert.equal(await silent.ended(20_000), ended('HELLO_TIMEOUT'))
  })

  test('headers that drip in: HTTP_TIMEOUT', async () => {
    await until('the end of the slow request', () => loris.ended, 20_000)
    assert.match(loris.answer, /^HTTP\/1\.1 408 .*"HTTP_TIMEOUT"/s)
  })
})

test('nothing of it reached the log as an error of the platform', () => {
  const lines = game
    .logs()
    .split('\n')
    .filter((line) => /^\{.*"level":(50|60)/.test(line))
  const others = lines.filter((line) => !line.includes('a bug of the game'))
  assert.deepEqual(others, [])
  assert.ok(lines.length > 0, 'the cause of a HANDLER_FAILED stands in the log')
})

interface Answer {
  readonly status: number | undefined
  readonly headers: NodeJS.Dict<string | string[]>
  readonly code: string
  readonly message: string
}

/** `fetch` refuses to send an origin of one's own choosing, and to leave dots in a path alone. */
function post(path: string, body: string | Buffer, headers = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: game.port, path, method: 'POST', headers }
    const sending = request(options, async (response) => {
      let received = ''
      for await (const chunk of response) received += chunk
      const { error } = JSON.parse(received) as { error: { code: string; message: string } }
      resolve({ status: response.statusCode, headers: response.headers, ...error })
    })
    sending.on('error', reject)
    sending.end(body)
  })
}

/** Sends bytes and returns all that comes back until the server hangs up. */
async function raw(bytes: string): Promise<string> {
  const socket = dial(game.port, '127.0.0.1')
  let answer = ''
  socket.on('data', (chunk: Buffer) => {
    answer += chunk
  })
  socket.on('error', () => {})
  socket.write(bytes)
  await once(socket, 'close')
  return answer
}
