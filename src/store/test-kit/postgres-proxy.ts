import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** What becomes of the next COMMIT that passes. */
export type ProxyFault = 'lose the reply' | 'deliver late'

export interface PostgresProxy {
  readonly url: string
  fail(fault: ProxyFault): void
  close(): void
}

/** How late a COMMIT comes whose sender is long gone. */
const lateMs = 300

/** Stands between a store and its server and cuts connections where it hurts most. */
export async function startProxy(url: string, port: number): Promise<PostgresProxy> {
  const sockets = new Set<Socket>()
  let fault: ProxyFault | undefined
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1')
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => {})
    }
    let cut = false
    client.on('data', (chunk) => {
      const hit = !cut && fault !== undefined && /commit\0/i.test(chunk.toString('latin1'))
      if (!hit) {
        upstream.write(chunk)
        return
      }
      cut = true
      if (fault === 'deliver late') {
        client.destroy()
        setTimeout(() => upstream.write(chunk), lateMs)
      } else upstream.write(chunk)
      fault = undefined
    })
    upstream.on('data', (chunk) => {
      if (!cut) client.write(chunk)
      else if (chunk.includes('COMMIT\0')) client.destroy()
    })
    client.on('close', () => void (cut || upstream.destroy()))
    upstream.on('close', () => client.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const ours = typeof address === 'object' ? address?.port : undefined
  return {
    url: url.replace(`:${port}/`, `:${ours}/`),
    fail: (kind) => {
      fault = kind
    },
    close: () => {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
