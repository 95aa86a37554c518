import { RealmError } from '../errors/index.ts'
import { type Clock, type Store, systemClock } from '../ports/index.ts'
import { booksAt, ledgerOf } from './ledger/books.ts'
import { Table } from './table.ts'

export interface MemoryStoreOptions {
  /** Tells the time of transfers. Default the host's own. */
  readonly clock?: Pick<Clock, 'wallMs'>
}

/** A store that forgets when the process ends: for tests, and for games that keep nothing. */
export function memoryStore({ clock = systemClock() }: MemoryStoreOptions = {}): Store {
  const table = new Table()
  let open = true
  const whileOpen = async <T>(run: () => T): Promise<T> => {
    if (!open) throw new RealmError('STORE_UNAVAILABLE', 'It was closed.')
    return run()
  }
  return {
    exclusive: true,
    ledger: ledgerOf(booksAt(table.books, whileOpen)),
    read: (key) => whileOpen(() => table.read(key)),
    scan: (prefix, options) => whileOpen(() => table.scan(prefix, options)),
    transact: (transaction) => whileOpen(() => table.apply(transaction, clock.wallMs())),
    close: async () => {
      open = false
    },
  }
}
