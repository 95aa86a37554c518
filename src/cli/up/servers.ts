import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { RealmError } from '../../errors/index.ts'
import type { Inventory } from '../../ops/index.ts'
import type { Log } from '../../ports/index.ts'
import { startNats } from './local-nats.ts'
import { startPostgres } from './local-postgres.ts'

/** The bus and the store of an inventory, wherever they are. */
export interface Servers {
  /** With secrets, for a process of that name. */
  busFor(name: string): string
  readonly store: string
  /** Whether they end with the processes. */
  readonly started: { readonly bus: boolean; readonly store: boolean }
  stop(): Promise<void>
}

/** @param file of the inventory; what it names is relative to it */
export async function openServers(
  inventory: Inventory,
  { file, folder, log }: { file: string; folder: string; log: Log },
): Promise<Servers> {
  const [bus, store] = [addressOf(inventory, 'bus', file), addressOf(inventory, 'store', file)]
  const postgres = store === 'start' ? await startPostgres(folder) : undefined
  const nats = bus === 'start' ? await startNats(folder, inventory.realm ?? 'realm') : undefined
  let stopping = false
  for (const [name, started] of Object.entries({ PostgreSQL: postgres, 'nats-server': nats })) {
    void started?.server.ended.then(() => {
      if (!stopping) log.error({ said: started.server.said() }, `${name} has ended.`)
    })
  }
  return {
    busFor: (name) => nats?.urlFor(name) ?? bus,
    store: postgres?.url ?? store,
    started: { bus: nats !== undefined, store: postgres !== undefined },
    stop: async () => {
      stopping = true
      await Promise.all([nats?.server.stop(), postgres?.server.stop()])
    },
  }
}

function addressOf(inventory: Inventory, what: 'bus' | 'store', file: string): string {
  const variable = `REALMKIT_${what.toUpperCase()}`
  const given = inventory[what] ?? process.env[variable]
  if (given === undefined || given === '') {
    throw new RealmError('INVENTORY_INVALID', `${what} is missing, and so is ${variable}.`)
  }
  if (!given.startsWith('@')) return given
  try {
    return readFileSync(resolve(dirname(file), given.slice(1)), 'utf8').trim()
  } catch {
    throw new RealmError('INVENTORY_INVALID', `The file of ${what} cannot be read: ${given}.`)
  }
}
