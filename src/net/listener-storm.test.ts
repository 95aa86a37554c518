import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { describe, it } from 'node:test'
import { WebSocket } from 'ws'
import type { HttpRequest, ListenerHandlers } from '../ports/index.ts'
import { silentLog, systemClock } from '../ports/index.ts'
import { webSocketListener } from './listener.ts'

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`

/** Answers each request with its path; a socket gets back what it sends. */
async function scene() {
  const asked: string[] = []
  const handlers: ListenerHandlers = {
    open: (connection) => ({
      message: (bytes, start, end) => connection.send(bytes.slice(start, end)),
      text: () => {},
      closed: () => {},
    }),
    request: async ({ url }: HttpRequest) => {
      asked.push(url)
      return { status: 200, body: url }
    },
  }
  const given = { host: '127.0.0.1', port: 0, clock: systemClock(), log: silentLog }
  const listener = webSocketListener(given)
  const { port } = await listener.listen(handlers)
  return { listener, port, asked }
}

async function dial(port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true })
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

/** Reads until a text has come so many times. */
async function heard(socket: Socket, text: string, times: number): Promise<string> {
  let all = ''
  while (all.split(text).length <= times) {
    const [bytes] = (await once(socket, 'data')) as [Buffer]
    all += bytes.toString('latin1')
  }
  return all
}

describe('a storm of requests', () => {
  it('is answered in order where one client sends all of them at once', async () => {
    const { listener, port, asked } = await scene()
    const client = await dial(port)
    const paths = Array.from({ length: 1_000 }, (_, n) => `/${n}`)
    client.write(paths.map(get).join(''))
    const all = await heard(client, 'HTTP/1.1 200', 1_000)
    assert.deepEqual(asked, paths)
    assert.equal(all.split('HTTP/1.1 200').length - 1, 1_000)
    client.destroy()
    await listener.close()
  })

  it('lets sockets be served before all of it is answered', async () => {
    const { listener, port, asked } = await scene()
    const player = new WebSocket(`ws://127.0.0.1:${port}/realm`)
    await once(player, 'open')
    const clients = await Promise.all(Array.from({ length: 20 }, () => dial(port)))
    for (const client of clients) client.write(get('/').repeat(100))
    player.send(new Uint8Array([7]))
    await once(player, 'message')
    assert.ok(asked.length < 2_000, `${asked.length} were answered first`)
    await Promise.all(clients.map((client) => heard(client, 'HTTP/1.1 200', 100)))
    for (const client of clients) client.destroy()
    player.terminate()
    await listener.close()
  })

  it('passes over those who left before it was their turn', async () => {
    const { listener, port, asked } = await scene()
    const [patient, ...leaving] = await Promise.all(Array.from({ length: 50 }, () => dial(port)))
    for (const client of leaving) {
      client.write(get('/gone').repeat(50))
      client.resetAndDestroy()
    }
    patient?.write(get('/here'))
    await heard(patient as Socket, 'HTTP/1.1 200', 1)
    assert.ok(asked.includes('/here'))
    patient?.destroy()
    await listener.close()
  })

  // Bun tells of a connection only with its first request, so there is no such rule there.
  if ('bun' in process.versions) return
  it('keeps no connection for the next request where too many are open', async () => {
    const { listener, port } = await scene()
    const few = await dial(port)
    few.write(get('/'))
    assert.doesNotMatch(await heard(few, '\r\n\r\n/', 1), /connection: close/i)
    const many = await Promise.all(Array.from({ length: 1_100 }, () => dial(port)))
    const last = many.at(-1) as Socket
    last.write(get('/'))
    assert.match(await heard(last, '\r\n\r\n/', 1), /connection: close/i)
    for (const client of [few, ...many]) client.destroy()
    await listener.close()
  })
})
