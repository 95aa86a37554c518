/**
 * One node of a cluster as a process of its own, as `realmkit run --shape cluster` puts it
 * together, but with limits that let all clients come from one address, at once, and call without
 * a rest. It prints `{"port":…}` (0 without a gate) once it is up, answers each line with
 * `{"clients":…}`, how many are connected to it, and ends with stdin.
 */
import { memoryBus, natsBus } from '../../src/bus/index.ts'
import { keepNewObjectsYoung } from '../../src/cli/collector.ts'
import { systemWitness } from '../../src/cli/witness.ts'
import { nodeCrypto, type Role } from '../../src/cluster/index.ts'

import { webSocketListener } from '../../src/net/index.ts'
import { type Log, systemClock, systemRandom } from '../../src/ports/index.ts'
import { startInnerNode, startRealm } from '../../src/realm.ts'
import { memoryStore, postgresStore } from '../../src/store/index.ts'
import { readLines, writeLine } from '../lib/lines.ts'
import game from './game.ts'

export interface NodeArguments {
  readonly id: string
  readonly roles: readonly Role[]
  /** Of the NATS server; without it, the node is alone and keeps everything in memory. */
  readonly bus?: string
  /** Of the PostgreSQL server. */
  readonly store?: string
  /** Where clients come in; 0 takes any. */
  readonly port: number
  readonly clients: number
  /** How many the gate takes in. */
  readonly sessionsMax?: number
}

keepNewObjectsYoung()
const given = JSON.parse(process.argv[2] ?? '{}') as NodeArguments
const { id, roles, clients } = given
const clock = systemClock()
const random = systemRandom()

function logOf(bound: object): Log {
  const write = (level: string) => (fields: object, message: string) => {
    const at = new Date().toISOString()
    process.stderr.write(`${at} ${level} ${message} ${JSON.stringify({ ...bound, ...fields })}\n`)
  }
  return {
    debug: () => {},
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (more) => logOf({ ...bound, ...more }),
  }
}

const log = logOf({})
const shared = { id, roles, game, clock, random, log }
const outside =
  given.bus === undefined || given.store === undefined
    ? { bus: memoryBus(), store: memoryStore() }
    : {
        bus: natsBus({ servers: given.bus, clock, random, log }),
        store: await postgresStore({ url: given.store, applicationName: id, clock, random, log }),
        crypto: nodeCrypto(),
        witness: systemWitness(),
      }

async function start(): Promise<{ readonly port: number; clients(): number }> {
  if (!roles.includes('gate')) {
    await startInnerNode({ ...shared, ...outside })
    return { port: 0, clients: () => 0 }
  }
  const many = 2 * clients
  const realm = await startRealm({
    ...shared,
    ...outside,
    listener: webSocketListener({
      ...{ host: '127.0.0.1', port: given.port, clock, log },
      connectionsPerAddressMax: many,
    }),
    gate: {
      limits: {
        ...{ loginsBurstMax: many, loginsPerSecondMax: many },
        ...{ hellosBurstMax: many, hellosPerSecondMax: many },
        ...(given.sessionsMax !== undefined && { sessionsMax: given.sessionsMax }),
        ...{ messagesBurstMax: 10_000, messagesPerSecondMax: 10_000 },
      },
    },
  })
  return { port: realm.address.port, clients: () => realm.stats().gate.connected }
}

const node = await start()
writeLine({ port: node.port })
readLines(() => writeLine({ clients: node.clients() }))
