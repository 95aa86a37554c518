import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RealmError } from '../../errors/index.ts'
import { type Connection, headroomBytes, type ListenerHandlers } from '../listener.ts'
import { type Accepted, type Dialled, dial, type ListenerHarness, recorder } from './dial.ts'

/** With what the listener under test is made. */
export interface ListenerConformanceLimits {
  readonly frameBytesMax: number
  readonly bodyBytesMax: number
}

type Make = (limits: ListenerConformanceLimits) => ListenerHarness

const limits: ListenerConformanceLimits = { frameBytesMax: 4_096, bodyBytesMax: 2_048 }

/** Registers what every `Listener` must do. */
export function listenerConformance(name: string, make: Make): void {
  messages(name, make)
  closing(name, make)
  faults(name, make)
  requests(name, make)
}

/** Sends what it has first put into a buffer. @returns the buffer for the next message */
export function sentWithin(
  connection: Connection,
  bytes: Uint8Array,
  buffer: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  buffer.set(bytes, headroomBytes)
  const free = connection.sendWithin(buffer, headroomBytes, headroomBytes + bytes.length)
  // Whoever says that it is free must not mind.
  return free ? buffer.fill(0xee) : new Uint8Array(buffer.length)
}

interface Pair {
  readonly harness: ListenerHarness
  readonly client: Dialled
  readonly server: Accepted
}

/** Runs `check` with one open connection. */
async function withPair(
  make: Make,
  check: (pair: Pair) => Promise<void>,
  onMessage?: (accepted: Accepted, bytes: Uint8Array) => void,
): Promise<void> {
  const harness = make(limits)
  const { accepted, handlers } = recorder(onMessage)
  const address = await harness.listener.listen(handlers)
  const client = dial(harness, address, 'https://game.example')
  await harness.until(client.opened)
  await harness.settle()
  const server = accepted[0]
  assert.ok(server, 'the connection reached the server')
  await check({ harness, client, server })
  await harness.until(harness.listener.close())
}

async function withListener(
  make: Make,
  handlers: ListenerHandlers,
  check: (harness: ListenerHarness, address: { host: string; port: number }) => Promise<void>,
): Promise<void> {
  const harness = make(limits)
  const address = await harness.listener.listen(handlers)
  await check(harness, address)
  await harness.until(harness.listener.close())
}

function messages(name: string, make: Make): void {
  describe(`listener, messages: ${name}`, () => {
    it('opens a connection that tells where it comes from', () =>
      withPair(make, async ({ server }) => {
        assert.equal(server.connection.origin, 'https://game.example')
        assert.ok(server.connection.remoteAddress.length > 0)
        assert.equal(server.connection.bufferedBytes, 0)
      }))

    it('carries messages of every size both ways, in order and whole', () =>
      withPair(
        make,
        async ({ harness, client, server }) => {
          const sizes = [0, 1, 125, 126, 1_000, 4_096]
          const sent = sizes.map((size) => new Uint8Array(size).fill(size % 251))
          for (const bytes of sent) client.socket.send(bytes)
          await harness.settle()
          assert.deepEqual(server.messages, sent)
          assert.deepEqual(client.messages, sent)
        },
        ({ connection }, bytes) => connection.send(bytes.slice()),
      ))

    it('sends large and many messages', () =>
      withPair(make, async ({ harness, client, server }) => {
        const sent = [70_000, 8_192, 8_193, 65_535, 65_536].map((size) =>
          Uint8Array.from({ length: size }, (_, index) => (index * 7) & 0xff),
        )
        for (let index = 0; index < 500; index += 1) sent.push(new Uint8Array(200).fill(index))
        for (const bytes of sent) server.connection.send(bytes)
        await harness.settle()
        assert.deepEqual(client.messages, sent)
        assert.equal(server.connection.bufferedBytes, 0)
      }))

    it('sends from within a buffer, in order with the rest', () =>
      withPair(make, async ({ harness, client, server }) => {
        const sizes = [0, 1, 125, 126, 8_192, 8_193, 65_535, 65_536, 70_000]
        const sent = sizes.map((size) =>
          Uint8Array.from({ length: size }, (_, index) => (size + index * 7) & 0xff),
        )
        let buffer = new Uint8Array(80_000)
        for (const bytes of sent) {
          buffer = sentWithin(server.connection, bytes, buffer)
          server.connection.send(bytes)
        }
        await harness.settle()
        assert.deepEqual(
          client.messages,
          sent.flatMap((bytes) => [bytes, bytes]),
        )
        server.connection.close(1_000, 'done')
        assert.equal(server.connection.sendWithin(new Uint8Array(11), 10, 11), true)
      }))

    it('reports a text message without its content', () =>
      withPair(make, async ({ harness, client, server }) => {
        client.socket.send('hello')
        await harness.settle()
        assert.equal(server.texts, 1)
        assert.deepEqual(server.messages, [])
      }))
  })
}

function closing(name: string, make: Make): void {
  describe(`listener, closing: ${name}`, () => {
    it('passes the code and reason of the server to the client', () =>
      withPair(make, async ({ harness, client, server }) => {
        server.connection.send(new Uint8Array([1]))
        server.connection.close(4_001, 'kicked')
        server.connection.send(new Uint8Array([2]))
        const seen = await harness.until(client.closed)
        assert.deepEqual(seen, { code: 4_001, reason: 'kicked' })
        assert.deepEqual(client.messages, [new Uint8Array([1])])
        assert.equal(await harness.until(server.closed), 4_001)
        server.connection.send(new Uint8Array([3]))
        server.connection.close(4_002, 'again')
        server.connection.terminate()
        await harness.settle()
        assert.deepEqual(server.closes, [4_001], 'closed is told once')
      }))

    it('passes the code of the client to the server', () =>
      withPair(make, async ({ harness, client, server }) => {
        client.socket.send(new Uint8Array([9]))
        client.socket.close(4_005, 'bye')
        assert.equal(await harness.until(server.closed), 4_005)
        assert.deepEqual(server.messages, [new Uint8Array([9])])
      }))

    it('hands over no message after the server has closed', () =>
      withPair(
        make,
        async ({ harness, client, server }) => {
          for (let index = 0; index < 5; index += 1) client.socket.send(new Uint8Array([index]))
          await harness.until(client.closed)
          await harness.settle()
          assert.equal(server.messages.length, 1)
        },
        ({ connection }) => connection.close(4_003, 'enough'),
      ))

    it('ends at once when terminated', () =>
      withPair(make, async ({ harness, client, server }) => {
        server.connection.terminate()
        assert.equal(await harness.until(server.closed), 1_006)
        assert.equal((await harness.until(client.closed)).code, 1_006)
      }))

    it('closes what is open with 1001 and accepts nothing afterwards', () =>
      withPair(make, async ({ harness, client, server }) => {
        await harness.until(harness.listener.close())
        assert.equal((await harness.until(client.closed)).code, 1_001)
        assert.equal(server.closes.length, 1)
        await harness.listener.close()
      }))
  })
}

function faults(name: string, make: Make): void {
  describe(`listener, faults: ${name}`, () => {
    it('ends a connection with 1009 whose message is too large, and only that one', () =>
      withPair(make, async ({ harness, client, server }) => {
        client.socket.send(new Uint8Array(limits.frameBytesMax + 1))
        assert.equal((await harness.until(client.closed)).code, 1_009)
        await harness.until(server.closed)
        assert.deepEqual(server.messages, [])
      }))

    it('lets the game refuse a connection', async () => {
      const handlers: ListenerHandlers = {
        open: (connection) => {
          connection.close(4_008, 'not now')
          return undefined
        },
        request: async () => ({ status: 204 }),
      }
      await withListener(make, handlers, async (harness, address) => {
        const client = dial(harness, address)
        assert.deepEqual(await harness.until(client.closed), { code: 4_008, reason: 'not now' })
      })
    })

    it('outlives handlers that throw', async () => {
      const handlers: ListenerHandlers = {
        open: () => ({
          message: () => {
            throw new Error('A handler failed on purpose.')
          },
          text: () => {},
          closed: () => {
            throw new Error('A handler failed on purpose.')
          },
        }),
        request: async () => {
          throw new Error('A secret that must not leak.')
        },
      }
      await withListener(make, handlers, async (harness, address) => {
        const client = dial(harness, address)
        await harness.until(client.opened)
        client.socket.send(new Uint8Array([1]))
        assert.equal((await harness.until(client.closed)).code, 1_011)
        const answer = await harness.until(
          harness.request(address, { method: 'GET', path: '/calls' }),
        )
        assert.equal(answer.status, 500)
        const text = new TextDecoder().decode(answer.body)
        assert.equal(JSON.parse(text).error.code, 'INTERNAL')
        assert.doesNotMatch(text, /secret/)
      })
    })
  })
}

function requests(name: string, make: Make): void {
  describe(`listener, requests: ${name}`, () => {
    it('hands over method, path, headers and body and returns the answer', async () => {
      await withListener(make, recorder().handlers, async (harness, address) => {
        const body = new Uint8Array(limits.bodyBytesMax).fill(5)
        const answer = await harness.until(
          harness.request(address, {
            method: 'POST',
            path: '/calls/shop?page=2',
            headers: { 'x-sent': 'yes' },
            body,
          }),
        )
        assert.equal(answer.status, 200)
        assert.equal(answer.headers['x-method'], 'POST')
        assert.equal(answer.headers['x-url'], '/calls/shop?page=2')
        assert.equal(answer.headers['x-sent'], 'yes')
        assert.deepEqual(answer.body, body)
      })
    })

    it('answers a body that is too large with 413', async () => {
      await withListener(make, recorder().handlers, async (harness, address) => {
        const body = new Uint8Array(limits.bodyBytesMax + 1)
        const answer = await harness.until(
          harness.request(address, { method: 'POST', path: '/calls', body }),
        )
        assert.equal(answer.status, 413)
        const { error } = JSON.parse(new TextDecoder().decode(answer.body))
        assert.equal(error.code, 'HTTP_BODY_TOO_LARGE')
      })
    })

    it('answers an error of the registry with its status and code', async () => {
      const handlers: ListenerHandlers = {
        open: () => undefined,
        request: async () => {
          throw new RealmError('SCHEMA_INVALID', 'At items.3.')
        },
      }
      await withListener(make, handlers, async (harness, address) => {
        const answer = await harness.until(
          harness.request(address, { method: 'GET', path: '/calls' }),
        )
        assert.equal(answer.status, 400)
        const { error } = JSON.parse(new TextDecoder().decode(answer.body))
        assert.equal(error.code, 'SCHEMA_INVALID')
        assert.match(error.message, /items\.3/)
      })
    })
  })
}
