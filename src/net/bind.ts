import { type AddressInfo, createServer, type Server } from 'node:net'
import { type ErrorCode, RealmError, toRealmError } from '../errors/index.ts'

const bindErrorCodes: Readonly<Record<string, ErrorCode>> = {
  EADDRINUSE: 'PORT_IN_USE',
  EACCES: 'PORT_FORBIDDEN',
  EADDRNOTAVAIL: 'ADDRESS_UNAVAILABLE',
  ENOTFOUND: 'ADDRESS_UNAVAILABLE',
  EAI_AGAIN: 'ADDRESS_UNAVAILABLE',
}

/** Whether the system spreads connections over those who share a port. */
export const portsCanBeShared = process.platform === 'linux' && !('bun' in process.versions)

interface Place {
  readonly host: string
  readonly port: number
  readonly reusePort?: boolean
}

/** @throws RealmError `PORT_IN_USE`, `PORT_FORBIDDEN`, `ADDRESS_UNAVAILABLE` */
export function bind(server: Server, { host, port, reusePort = false }: Place): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error & { code?: string }): void => {
      const code = bindErrorCodes[error.code ?? '']
      const detail = `Address: ${host}, port: ${port}.`
      reject(code ? new RealmError(code, detail, { cause: error }) : toRealmError(error))
    }
    server.once('error', failed)
    server.listen({ host, port, reusePort, backlog: 1024 }, () => {
      server.off('error', failed)
      resolve()
    })
  })
}

/**
 * A port that nobody listens on at the moment, for several who then share it: sharing it would hide
 * that somebody else had it before.
 * @param place port 0 stands for any
 * @throws RealmError `PORT_IN_USE`, `PORT_FORBIDDEN`, `ADDRESS_UNAVAILABLE`
 */
export async function probePort(place: Omit<Place, 'reusePort'>): Promise<number> {
  const server = createServer()
  await bind(server, place)
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => void server.close(resolve))
  return port
}
