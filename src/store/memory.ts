import { RealmError } from '../errors/index.ts'
import type { Store } from '../ports/index.ts'
import { Table } from './table.ts'

/** A store that forgets when the process ends: for tests, and for games that keep nothing. */
export function memoryStore(): Store {
  const table = new Table()
  let open = true
  const whileOpen = async <T>(run: () => T): Promise<T> => {
    if (!open) throw new RealmError('STORE_UNAVAILABLE', 'It was closed.')
    return run()
  }
  return {
    exclusive: true,
    read: (key) => whileOpen(() => table.read(key)),
    scan: (prefix, options) => whileOpen(() => table.scan(prefix, options)),
    transact: (transaction) => whileOpen(() => table.apply(transaction)),
    close: async () => {
      open = false
    },
  }
}
