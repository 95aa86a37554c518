import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { memoryBus, natsBus } from '../bus/index.ts'
import { type NodeCrypto, nodeCrypto, type Role } from '../cluster/index.ts'
import { RealmError, toRealmError } from '../errors/index.ts'
import {
  type Bus,
  type Log,
  type Store,
  systemClock,
  systemRandom,
  type Witness,
} from '../ports/index.ts'
import { postgresStore, type SharableStore, sqliteStore } from '../store/index.ts'
import { type ClusterShape, withoutSecrets } from './shape.ts'
import { systemWitness } from './witness.ts'

/** What a node finds around it. */
export interface Outside {
  readonly id: string
  readonly roles: readonly Role[]
  readonly bus: Bus
  readonly store: Store
  readonly crypto?: NodeCrypto
  readonly witness?: Witness
  /** To be called once the node has closed. */
  close(): Promise<void>
}

export const everyRole: readonly Role[] = ['gate', 'logic', 'room', 'world', 'center']

/** The one process that needs nobody else. */
export async function soloOutside(data: string | undefined): Promise<Outside> {
  const store = await openFile(data)
  const close = (): Promise<void> => store.close()
  return { id: 'solo', roles: everyRole, bus: memoryBus(), store, close }
}

/** @param data folder of the database; undefined keeps everything in memory */
export function openFile(data: string | undefined): Promise<SharableStore> {
  if (data === undefined) return sqliteStore()
  mkdirSync(data, { recursive: true })
  return sqliteStore({ file: join(data, 'realm.db') })
}

/**
 * One process of a cluster. Others than its nodes may reach the bus, so nodes prove who they are.
 * @throws RealmError `STORE_…`
 */
export async function clusterOutside(shape: ClusterShape, log: Log): Promise<Outside> {
  const { name, roles, realm } = shape
  const clock = systemClock()
  const store = await postgresStore({
    url: shape.store,
    applicationName: `realmkit ${name}`,
    ...(realm !== undefined && { schema: realm }),
    ...{ clock, log },
  }).catch((error: unknown) => {
    const { code, detail } = toRealmError(error)
    throw new RealmError(code, `${detail} Store: ${withoutSecrets(shape.store)}.`, { cause: error })
  })
  const bus = natsBus({
    servers: shape.bus,
    ...(realm !== undefined && { prefix: realm }),
    ...{ clock, log, random: systemRandom() },
  })
  const trust = { crypto: nodeCrypto(), witness: systemWitness() }
  return { id: name, roles, bus, store, ...trust, close: () => store.close() }
}
