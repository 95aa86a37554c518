import { connect, createServer, type Socket } from 'node:net'

/** Stands between a client and a server, and can be cut through like a cable. */
export interface Cuttable {
  readonly port: number
  /** Cuts every connection and takes no new one. */
  cut(): Promise<void>
  mend(): Promise<void>
  close(): Promise<void>
}

/** Passes everything on to `port` of this machine. */
export async function cuttable(port: number): Promise<Cuttable> {
  const sockets = new Set<Socket>()
  const keep = (socket: Socket, other: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => {
      sockets.delete(socket)
      other.destroy()
    })
    socket.pipe(other)
  }
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1')
    keep(client, upstream)
    keep(upstream, client)
  })
  const listen = (at: number) =>
    new Promise<void>((resolve) => server.listen(at, '127.0.0.1', () => resolve()))
  await listen(0)
  const address = server.address()
  const own = typeof address === 'object' && address !== null ? address.port : 0
  const cut = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      for (const socket of sockets) socket.destroy()
    })
  return { port: own, cut, mend: () => listen(own), close: cut }
}
