import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { describe, it } from 'node:test'
import { DirectSocket } from './direct-socket.ts'

/** A client and the socket that a server has for it. */
async function pair(): Promise<{
  readonly client: Socket
  readonly accepted: Socket
  close(): Promise<unknown>
}> {
  const server = createServer({ allowHalfOpen: true })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const client = connect((server.address() as { port: number }).port, '127.0.0.1')
  const [accepted] = (await once(server, 'connection')) as [Socket]
  const close = (): Promise<unknown> => once(server.close(), 'close')
  return { client, accepted, close }
}

// On Bun, sockets are read and written outside of JavaScript.
const onBun = 'bun' in process.versions

describe(onBun ? 'a socket of Bun' : 'direct socket', onBun ? leftAlone : taken)

function leftAlone(): void {
  it('is left alone', async () => {
    const { client, accepted, close } = await pair()
    assert.equal(DirectSocket.over(accepted, { take: () => {} }), undefined)
    accepted.destroy()
    client.on('error', () => {}).resume()
    await close()
    client.destroy()
  })
}

function taken(): void {
  it('reads, writes past the stream and through it in order; its server may close', async () => {
    const { client, accepted, close } = await pair()
    const heard: string[] = []
    const told: string[] = []
    const take = (bytes: Uint8Array, end: number): void => {
      heard.push(Buffer.from(bytes.subarray(0, end)).toString())
      assert.equal(socket?.writeNow(Buffer.from('<one>'), 1, 4), 3)
      socket?.end(' two')
    }
    const socket = DirectSocket.over(accepted, { take })
    assert.ok(socket !== undefined)
    socket.start()
    client.on('data', (chunk) => told.push(String(chunk)))
    client.write('hello')
    await once(client, 'end')
    client.end()
    await close()
    assert.deepEqual([heard.join(''), told.join('')], ['hello', 'one two'])
  })

  it('takes no more than the kernel does, and leaves the rest to the stream', async () => {
    const { client, accepted, close } = await pair()
    const socket = DirectSocket.over(accepted, { take: () => {} })
    assert.ok(socket !== undefined)
    client.pause()
    const piece = Buffer.alloc(1 << 20, 'x')
    let taken = 0
    let last = 0
    do {
      last = socket.writeNow(piece, 0, piece.length)
      taken += last
    } while (last === piece.length)
    assert.equal(socket.writeNow(piece, 0, piece.length), 0)
    socket.end('end')
    let bytes = 0
    client.on('data', (chunk) => {
      bytes += chunk.length
    })
    client.resume()
    await once(client, 'end')
    client.end()
    await close()
    assert.equal(bytes, taken + 3)
  })

  it('writes nothing once it is destroyed: its descriptor may be that of another', async () => {
    const { client, accepted, close } = await pair()
    const socket = DirectSocket.over(accepted, { take: () => {} })
    socket?.destroy()
    assert.equal(socket?.writeNow(Buffer.from('late'), 0, 4), 0)
    client.on('error', () => {}).resume()
    await close()
    client.destroy()
  })

  it('leaves a socket alone for which something waits', async () => {
    const { client, accepted, close } = await pair()
    client.pause()
    accepted.write(Buffer.alloc(32 << 20))
    assert.equal(DirectSocket.over(accepted, { take: () => {} }), undefined)
    accepted.destroy()
    client.on('error', () => {}).resume()
    await close()
    client.destroy()
  })
}
