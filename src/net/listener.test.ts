import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import { describe, it } from 'node:test'
import { WebSocket } from 'ws'
import { RealmError } from '../errors/index.ts'
import { type ClientSocket, recorder } from '../ports/conformance/dial.ts'
import { listenerConformance, sentWithin } from '../ports/conformance/listener.ts'
import { type Listener, silentLog, systemClock } from '../ports/index.ts'
import { webSocketListener } from './listener.ts'
import type { WebSocketListenerOptions } from './options.ts'

const clock = systemClock()
const pause = (ms: number): Promise<void> => new Promise((done) => clock.after(ms, done))

function make(options: Partial<WebSocketListenerOptions> = {}): Listener {
  return webSocketListener({ host: '127.0.0.1', port: 0, clock, log: silentLog, ...options })
}

listenerConformance('ws', (limits) => ({
  listener: make(limits),
  connect: ({ host, port }, options) =>
    new WebSocket(`ws://${host}:${port}/realm`, options) as unknown as ClientSocket,
  request: async ({ host, port }, { method, path, headers, body }) => {
    const init = { method, headers: headers ?? {}, body: body ? new Blob([body.slice()]) : null }
    const response = await fetch(`http://${host}:${port}${path}`, init)
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: new Uint8Array(await response.arrayBuffer()),
    }
  },
  until: (promise) => promise,
  settle: () => pause(60),
}))

/** Sends raw bytes and returns everything that comes back until the server hangs up. */
async function raw(port: number, bytes: string | Uint8Array): Promise<string> {
  const socket = connectTcp(port, '127.0.0.1')
  socket.write(bytes)
  return await drained(socket)
}

async function drained(socket: Socket): Promise<string> {
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1')
  })
  socket.on('error', () => {})
  await once(socket, 'close')
  return text
}

const upgrade =
  'GET /realm HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n'

const codeIs = (code: string) => (error: unknown) =>
  error instanceof RealmError && error.code === code

describe('ws listener, binding', () => {
  it('tells that the port is taken, and can be tried again', async () => {
    const first = make()
    const { port } = await first.listen(recorder().handlers)
    const second = make({ port })
    await assert.rejects(second.listen(recorder().handlers), codeIs('PORT_IN_USE'))
    await first.close()
    assert.equal((await second.listen(recorder().handlers)).port, port)
    await second.close()
  })

  it('tells that the address is not of this machine', async () => {
    const listener = make({ host: '203.0.113.7' })
    await assert.rejects(listener.listen(recorder().handlers), codeIs('ADDRESS_UNAVAILABLE'))
    await listener.close()
  })
})

describe('ws listener, limits', () => {
  it('refuses sockets above the limit of all and takes them again later', async () => {
    const listener = make({ connectionsMax: 2 })
    const { port } = await listener.listen(recorder().handlers)
    const open = await Promise.all([opened(port), opened(port)])
    assert.match(await raw(port, upgrade), /^HTTP\/1\.1 503 [\s\S]*"code":"CONNECTIONS_FULL"/)
    open[0]?.terminate()
    await pause(30)
    const again = await opened(port)
    assert.equal(again.readyState, WebSocket.OPEN)
    await listener.close()
  })

  it('refuses sockets above the limit of one address', async () => {
    const listener = make({
      connectionsPerAddressMax: 1,
      trustForwardedFor: true,
      closeTimeoutMs: 50,
    })
    const { port } = await listener.listen(recorder().handlers)
    const from = (address: string): string =>
      upgrade.replace('\r\n\r\n', `\r\nX-Forwarded-For: 9.9.9.9, ${address}\r\n\r\n`)
    const first = connectTcp(port, '127.0.0.1')
    first.write(from('2001:db8:0:1::1'))
    await once(first, 'data')
    assert.match(await raw(port, from('2001:db8:0:1:ffff::2')), /429 CONNECTIONS_PER_ADDRESS/)
    const other = connectTcp(port, '127.0.0.1')
    other.write(from('2001:db8:0:2::1'))
    const [answer] = await once(other, 'data')
    assert.match(String(answer), /101 Switching/)
    await listener.close()
  })

  it('cuts off who connects and says nothing, or never ends the headers', async () => {
    const listener = make({ handshakeTimeoutMs: 100 })
    const { port } = await listener.listen(recorder().handlers)
    const silent = drained(connectTcp(port, '127.0.0.1'))
    const slow = raw(port, 'GET /realm HTTP/1.1\r\nHost: x\r\n')
    assert.match(await slow, /408 HTTP_TIMEOUT/)
    await silent
    await listener.close()
  })

  it('cuts off a client that answers no ping, and keeps one that does', async () => {
    const listener = make({ pingPeriodMs: 150 })
    const { accepted, handlers } = recorder()
    const { port } = await listener.listen(handlers)
    const deaf = connectTcp(port, '127.0.0.1')
    deaf.write(upgrade)
    await once(deaf, 'data')
    const lively = await opened(port)
    await once(deaf, 'close')
    await pause(200)
    assert.deepEqual(accepted[0]?.closes, [1006])
    assert.equal(lively.readyState, WebSocket.OPEN)
    await listener.close()
  })

  it('answers a few pings and cuts off who floods it with them', async () => {
    const listener = make({ controlFramesMax: 20 })
    const { accepted, handlers } = recorder()
    const { port } = await listener.listen(handlers)
    const polite = await opened(port)
    const pongs: string[] = []
    polite.on('pong', (data) => pongs.push(data.toString()))
    polite.ping('well?')
    const flooder = await opened(port)
    for (let count = 0; count < 21; count += 1) flooder.ping('x'.repeat(125))
    await once(flooder, 'close')
    const pusher = await opened(port)
    for (let count = 0; count < 21; count += 1) pusher.pong()
    await once(pusher, 'close')
    assert.deepEqual(pongs, ['well?'])
    assert.equal(polite.readyState, WebSocket.OPEN)
    assert.deepEqual(
      accepted.map(({ closes }) => closes),
      [[], [1006], [1006]],
    )
    await listener.close()
  })

  it('cuts off a client that lets more gather than may wait for it', async () => {
    const listener = make({ backlogBytesMax: 1_000_000 })
    const { accepted, handlers } = recorder()
    const { port } = await listener.listen(handlers)
    const greedy = await opened(port)
    greedy.pause()
    await pause(20)
    const connection = accepted[0]?.connection
    for (let sent = 0; sent < 2_000; sent += 1) connection?.send(new Uint8Array(10_000))
    assert.ok((connection?.bufferedBytes ?? 0) < 1_100_000)
    greedy.resume()
    await once(greedy, 'close')
    assert.deepEqual(accepted[0]?.closes, [1006])
    await listener.close()
  })

  it('closes within its time although a client does not answer', async () => {
    const listener = make({ closeTimeoutMs: 100 })
    const { port } = await listener.listen(recorder().handlers)
    const deaf = connectTcp(port, '127.0.0.1')
    deaf.write(upgrade)
    await once(deaf, 'data')
    const start = clock.now()
    await listener.close()
    assert.ok(clock.now() - start < 1_000)
    deaf.destroy()
  })
})

async function opened(port: number): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/realm`)
  await once(socket, 'open')
  return socket
}

describe('ws listener, hostile bytes', () => {
  const requests: [what: string, bytes: string, answer: RegExp][] = [
    ['no HTTP', '\x16\x03\x01\x02\x00garbage\r\n\r\n', /^HTTP\/1\.1 400 [\s\S]*HTTP_MALFORMED/],
    ['endless headers', `GET / HTTP/1.1\r\nA: ${'a'.repeat(40_000)}`, /431 HTTP_HEADERS_TOO_LARGE/],
    ['no socket key', upgrade.replace(/Sec-WebSocket-Key.*\r\n/, ''), /400 HTTP_MALFORMED/],
    ['another path', upgrade.replace('/realm', '/else'), /404 HTTP_NOT_FOUND/],
    [
      'an offer of HTTP/2',
      'GET /health HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n',
      /^HTTP\/1\.1 200/,
    ],
    ['no upgrade', 'GET /realm HTTP/1.0\r\n\r\n', /426 [\s\S]*SOCKET_EXPECTED/],
  ]
  for (const [what, bytes, answer] of requests) {
    it(`answers: ${what}`, async () => {
      const listener = make()
      const { port } = await listener.listen(recorder().handlers)
      assert.match(await raw(port, bytes), answer)
      await listener.close()
    })
  }

  const frames: [what: string, frame: number[]][] = [
    ['an unmasked frame', [0x82, 0x01, 0x00]],
    ['reserved bits', [0xf2, 0x81, 0, 0, 0, 0, 0]],
    ['an unknown opcode', [0x83, 0x81, 0, 0, 0, 0, 0]],
    ['a length beyond all numbers', [0x82, ...Array<number>(9).fill(0xff), 0, 0, 0, 0]],
    ['a continuation of nothing', [0x80, 0x81, 0, 0, 0, 0, 0]],
    ['a forbidden close code', [0x88, 0x82, 0, 0, 0, 0, 0x03, 0xed]],
  ]
  for (const [what, frame] of frames) {
    it(`ends the connection: ${what}`, async () => {
      const listener = make()
      const { accepted, handlers } = recorder()
      const { port } = await listener.listen(handlers)
      const socket = connectTcp(port, '127.0.0.1')
      socket.write(upgrade)
      await once(socket, 'data')
      socket.write(Uint8Array.from(frame))
      await drained(socket)
      await pause(10)
      assert.deepEqual(accepted[0]?.messages, [])
      assert.equal(accepted[0]?.closes.length, 1)
      await listener.close()
    })
  }

  it('survives clients that vanish in every state', async () => {
    const listener = make()
    const { accepted, handlers } = recorder(({ connection }, bytes) => connection.send(bytes))
    const { port } = await listener.listen(handlers)
    for (const bytes of ['', 'GET', upgrade.slice(0, 40), upgrade, `${upgrade}\x82\x85`]) {
      const socket = connectTcp(port, '127.0.0.1')
      socket.on('error', () => {})
      if (bytes !== '') socket.write(bytes, 'latin1')
      await pause(10)
      socket.resetAndDestroy()
    }
    await pause(30)
    assert.equal(accepted.length, 2)
    for (const { closes } of accepted) assert.deepEqual(closes, [1006])
    await listener.close()
  })
})

describe('ws listener, receiving', () => {
  it('mixes no message that comes in pieces with what others send meanwhile', async () => {
    const listener = make()
    const { accepted, handlers } = recorder()
    const { port } = await listener.listen(handlers)
    const sockets: Socket[] = []
    for (let index = 0; index < 2; index += 1) {
      const socket = connectTcp({ port, host: '127.0.0.1', noDelay: true })
      socket.write(upgrade)
      await once(socket, 'data')
      sockets.push(socket)
    }
    const texts = ['the first message', 'another message!!']
    // Unfinished ends of what each sends, in turns: nothing of them may be kept where it arrived.
    const frames = texts.map((text) =>
      Buffer.from([0x82, 0x80 | 17, 0, 0, 0, 0, ...Buffer.from(text)]),
    )
    for (let at = 0; at < 23; at += 5) {
      for (const [index, socket] of sockets.entries()) {
        socket.write(frames[index]?.subarray(at, at + 5) ?? '')
        await pause(5)
      }
    }
    const heard = accepted.map(({ messages }) => messages.map((one) => Buffer.from(one).toString()))
    assert.deepEqual(heard, [[texts[0]], [texts[1]]])
    for (const socket of sockets) socket.destroy()
    await listener.close()
  })
})

describe('ws listener, sending', () => {
  it('keeps frames whole when a client reads slowly and others are written between', async () => {
    const listener = make({ backlogBytesMax: 64 * 1024 * 1024 })
    const { accepted, handlers } = recorder()
    const { port } = await listener.listen(handlers)
    const slow = await opened(port)
    const quick = await opened(port)
    await pause(20)
    const got: number[][] = [[], []]
    slow.on('message', (data: Buffer) => got[0]?.push(checked(data)))
    quick.on('message', (data: Buffer) => got[1]?.push(checked(data)))
    slow.pause()
    const rounds = 4_000
    let buffer = new Uint8Array(10_000)
    for (let round = 0; round < rounds; round += 1) {
      const payload = new Uint8Array(1_000 + (round % 8_000)).fill(round % 256)
      const connection = accepted[0]?.connection
      if (round % 3 > 0) connection?.send(payload)
      else if (connection !== undefined) buffer = sentWithin(connection, payload, buffer)
      if (round % 10 === 0) accepted[1]?.connection.send(new Uint8Array(300).fill(round % 256))
      if (round % 500 === 0) await pause(1)
    }
    assert.ok((accepted[0]?.connection.bufferedBytes ?? 0) > 1_000_000)
    slow.resume()
    for (let wait = 0; wait < 200 && (got[0]?.length ?? 0) < rounds; wait += 1) await pause(10)
    assert.deepEqual(
      got[0],
      Array.from({ length: rounds }, (_, round) => round % 256),
    )
    assert.equal(got[1]?.length, rounds / 10)
    assert.equal(accepted[0]?.connection.bufferedBytes, 0)
    await listener.close()
  })

  it('keeps a connection for the next request', async () => {
    const listener = make()
    const { port } = await listener.listen(recorder().handlers)
    const socket = connectTcp(port, '127.0.0.1')
    for (let request = 0; request < 3; request += 1) {
      socket.write('GET /x HTTP/1.1\r\nHost: x\r\n\r\n')
      const [answer] = await once(socket, 'data')
      assert.match(String(answer), /^HTTP\/1\.1 200/)
    }
    await listener.close()
    assert.ok(socket.destroyed || (await once(socket, 'close')))
  })
})

/** The byte that fills the whole message; fails where another frame's bytes got in. */
function checked(data: Buffer): number {
  const first = data[0] ?? 0
  assert.ok(data.equals(Buffer.alloc(data.length, first)), 'a frame holds bytes of another')
  return first
}
