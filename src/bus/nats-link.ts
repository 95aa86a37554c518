import type { ConnectionOptions, Msg, NatsConnection, TlsOptions } from '@nats-io/transport-node'
import type { RealmError } from '../errors/index.ts'
import type { Clock, Log, Random } from '../ports/index.ts'
import { linkError } from './nats-errors.ts'

/** How a node proves to the server who it is. Never logged. */
export type NatsAuth =
  | { readonly user: string; readonly password: string }
  | { readonly token: string }
  /** Seed of an nkey: `SU…`. */
  | { readonly nkeySeed: string }
  /** Content of a `.creds` file. */
  | { readonly credentials: string }

export interface LinkOptions {
  /** `nats://host:port` or `tls://host:port`, one or several of one cluster; without passwords. */
  readonly servers: readonly string[]
  readonly auth?: NatsAuth
  /** As the NATS client takes them: `caFile`, `certFile`, `keyFile`, `handshakeFirst` … */
  readonly tls?: TlsOptions
  /** Shown on the server's monitoring page. */
  readonly name: string
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** A server that has not greeted by then is tried again. */
  readonly connectTimeoutMs: number
  /** Two unanswered pings this far apart end a connection. */
  readonly pingIntervalMs: number
}

export interface LinkHandlers {
  /** `nobody`: the server says that nobody hears what was published with this reply subject. */
  message(subject: string, bytes: Uint8Array, nobody: boolean): void
  /** The connection is back, and all subjects are heard again. */
  up(): void
  down(): void
}

/** A connection to NATS that is made again for as long as it is wanted. */
export interface Link {
  readonly connected: boolean
  /** The largest payload the server takes. */
  readonly payloadBytesMax: number
  publish(subject: string, bytes: Uint8Array, reply?: string): void
  /** Resolves when the server has read all that was published; rejects when the connection ends. */
  flush(): Promise<void>
  close(): Promise<void>
}

const reconnectMsMin = 100
const reconnectDoublingsMax = 4
const noResponders = 503

/**
 * Connects and hears the subjects.
 * @throws RealmError `BUS_UNAVAILABLE`, `BUS_REFUSED`
 */
export async function openLink(
  options: LinkOptions,
  subjects: readonly string[],
  handlers: LinkHandlers,
): Promise<Link> {
  const { log } = options
  const backoff = { attempts: 0 }
  let closed = false
  let refused: RealmError | undefined
  const connection = await dial(options, backoff)
  let connected = true

  const hear = (): void => {
    for (const subject of subjects) {
      connection.subscribe(subject, {
        callback: (error, message) => {
          if (error) refused = linkError(error, options)
          else receive(message)
        },
      })
    }
  }
  const receive = (message: Msg): void => {
    const nobody = message.headers?.code === noResponders
    handlers.message(message.subject, message.data, nobody)
  }
  const setConnected = (next: boolean): void => {
    if (closed || next === connected) return
    connected = next
    log.warn({}, next ? 'NATS is back.' : 'The connection to NATS is lost; it is made again.')
    if (next) handlers.up()
    else handlers.down()
  }
  const watch = async (): Promise<void> => {
    for await (const status of connection.status()) {
      if (status.type === 'reconnecting') backoff.attempts += 1
      if (status.type === 'disconnect') setConnected(false)
      if (status.type === 'reconnect') {
        backoff.attempts = 0
        setConnected(true)
      }
      if (status.type === 'error') {
        const error = linkError(status.error, options)
        log.warn({ code: error.code, detail: error.detail }, 'NATS reports an error.')
      }
    }
    // With what it was told it never gives up by itself, but where it does that must be seen.
    if (closed) return
    setConnected(false)
    log.error({}, 'The client of NATS has given up; this node has to be started again.')
  }

  hear()
  void watch()
  const link: Link = {
    get connected() {
      return connected
    },
    get payloadBytesMax() {
      return connection.info?.max_payload ?? payloadBytesUsual
    },
    publish: (subject, bytes, reply) => {
      if (!connected || connection.isClosed()) return
      try {
        connection.publish(subject, bytes, reply === undefined ? {} : { reply })
      } catch (error) {
        const { detail } = linkError(error, options)
        log.error({ detail, bytes: bytes.length }, 'A frame could not be sent.')
      }
    },
    flush: () => connection.flush(),
    close: async () => {
      if (closed) return
      closed = true
      connected = false
      await connection.close()
    },
  }
  try {
    await link.flush()
    if (refused) throw refused
  } catch (error) {
    await link.close()
    throw linkError(error, options)
  }
  return link
}

/** What servers take unless they are told otherwise. */
const payloadBytesUsual = 2 ** 20

/** The client of NATS is loaded by whoever joins a cluster, and by nobody else. */
async function dial(options: LinkOptions, backoff: { attempts: number }): Promise<NatsConnection> {
  const { connect, credsAuthenticator, nkeyAuthenticator } = await import('@nats-io/transport-node')
  const { auth, tls } = options
  const wanted: ConnectionOptions = {
    servers: [...options.servers],
    name: options.name,
    noEcho: true,
    timeout: options.connectTimeoutMs,
    pingInterval: options.pingIntervalMs,
    maxPingOut: 2,
    maxReconnectAttempts: -1,
    ignoreAuthErrorAbort: true,
    reconnectDelayHandler: () => delayMs(options, backoff),
    noAsyncTraces: true,
  }
  if (tls !== undefined) wanted.tls = tls
  else if (options.servers.some((server) => server.startsWith('tls://'))) wanted.tls = {}
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text)
  if (auth && 'user' in auth) Object.assign(wanted, { user: auth.user, pass: auth.password })
  if (auth && 'token' in auth) wanted.token = auth.token
  if (auth && 'nkeySeed' in auth) wanted.authenticator = nkeyAuthenticator(encode(auth.nkeySeed))
  if (auth && 'credentials' in auth) {
    wanted.authenticator = credsAuthenticator(encode(auth.credentials))
  }
  try {
    return await connect(wanted)
  } catch (error) {
    throw linkError(error, options)
  }
}

/** Grows from 0.1 to 1.6 s; spread by half, so that a cluster does not come back as one. */
function delayMs({ random }: LinkOptions, { attempts }: { attempts: number }): number {
  return reconnectMsMin * 2 ** Math.min(attempts, reconnectDoublingsMax) * (0.5 + random.float())
}
