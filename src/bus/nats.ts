import type { TlsOptions } from '@nats-io/transport-node'
import { RealmError } from '../errors/index.ts'
import {
  type Bus,
  type BusPort,
  type Clock,
  type Log,
  type Random,
  silentLog,
} from '../ports/index.ts'
import { type BusCounters, newCounters } from './counters.ts'
import { type NatsLimits, natsLimitsDefault } from './nats-limits.ts'
import { type NatsAuth, openLink } from './nats-link.ts'
import { Member } from './nats-member.ts'
import { readServers } from './nats-servers.ts'
import { subjectsBelow } from './nats-subjects.ts'

export interface NatsBusOptions {
  /**
   * `nats://host:port` or `tls://host:port`: one server, or several of one cluster. A user and
   * password in front of the host are taken as `auth`.
   */
  readonly servers: string | readonly string[]
  readonly auth?: NatsAuth
  /** As the NATS client takes them: `caFile`, `certFile`, `keyFile`, `handshakeFirst` … */
  readonly tls?: TlsOptions
  /** First part of all subjects; realms on one server need different ones. Default `realm`. */
  readonly prefix?: string
  readonly clock: Clock
  readonly random: Random
  readonly log?: Log
  readonly limits?: Partial<NatsLimits>
  /** A server that has not greeted by then is tried again. Default 5,000. */
  readonly connectTimeoutMs?: number
  /** A server that leaves two pings this far apart unanswered is given up. Default 1,000. */
  readonly pingIntervalMs?: number
}

/** A bus over NATS. */
export interface NatsBus extends Bus {
  /** What happened so far. */
  counters(): Readonly<BusCounters>
}

/**
 * The bus of a cluster: core NATS, server versions from 2.9 on, one connection per node that joins.
 * Messages sent in one turn leave in one frame per destination. While the connection is down they
 * wait, as many as `limits` allow; it is made again for ever.
 *
 * `join` also throws `BUS_UNAVAILABLE` where no server answers, `BUS_REFUSED` where it refuses this
 * node, and `KEY_INVALID` for names of no or more than 256 bytes.
 */
export function natsBus(options: NatsBusOptions): NatsBus {
  const { clock, random, log = silentLog } = options
  const { servers, auth } = readServers(options.servers, options.auth)
  const limits = { ...natsLimitsDefault, ...options.limits }
  const subjects = subjectsBelow(options.prefix ?? 'realm')
  const counters = newCounters()
  return {
    counters: () => counters,
    join: async (name, receive): Promise<BusPort> => {
      const incarnation = random.id()
      const own = { clock, log, name, incarnation, subjects, counters, limits }
      const member = new Member({ ...own, receive })
      const { connectTimeoutMs = 5000, pingIntervalMs = 1000, tls } = options
      const link = await openLink(
        {
          ...{ servers, name, clock, random, log, connectTimeoutMs, pingIntervalMs },
          ...(auth && { auth }),
          ...(tls && { tls }),
        },
        member.subjects,
        member.handlers,
      )
      member.attach(link)
      try {
        const found = await member.presence.claim()
        if (found === 'taken') throw new RealmError('NODE_DUPLICATE', `Node: ${name}.`)
        if (found === 'cut') throw new RealmError('BUS_UNAVAILABLE', 'It was lost while joining.')
        // Whoever joins later or asks from now on finds this node.
        await link.flush()
      } catch (error) {
        await member.close()
        throw error instanceof RealmError
          ? error
          : new RealmError('BUS_UNAVAILABLE', '', { cause: error })
      }
      return member.port()
    },
  }
}
