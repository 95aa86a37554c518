import type { Check, StoredRecord, Transaction } from '../../../ports/index.ts'
import { type Canary, transacting, withStore } from './plant.ts'

const isOwn = ({ key }: { readonly key: string }): boolean => key.startsWith('own/')
const isState = ({ key }: { readonly key: string }): boolean => key.startsWith('state/')

/** Versions that no store gives by itself. */
const promisedFrom = 2 ** 40

/** Bugs of a store that has promises of its own about versions and time. */
export const epochCanaries: readonly Canary[] = [
  transacting('a store that says yes before it has written', () => (store) => {
    let written: Promise<unknown> = Promise.resolve()
    let promised = promisedFrom
    const given = new Map<number, number>()
    const real = (check: Check): Check => ({
      ...check,
      version: given.get(check.version) ?? check.version,
    })
    return async (transaction) => {
      const { checks, writes, transfers = [] } = transaction
      const later = written.then(() => store.transact({ ...transaction, checks: checks.map(real) }))
      if (transfers.length > 0 || !writes.some(isState)) return later
      const versions = writes.map(() => {
        promised += 1
        return promised
      })
      written = later.then(
        (result) => {
          if (!result.ok) return
          for (const [index, version] of result.versions.entries()) {
            given.set(versions[index] as number, version)
          }
        },
        () => {},
      )
      return { ok: true, versions }
    }
  }),
  {
    name: 'a store that gives every owner the same epoch',
    plant: () => (ports) => {
      const { store } = ports
      const first = <R extends StoredRecord | undefined>(record: R): R =>
        record === undefined || !isOwn(record) ? record : { ...record, version: 1 }
      return withStore(ports, {
        read: async (key) => first(await store.read(key)),
        transact: async (transaction: Transaction) => {
          const checks: Check[] = []
          for (const check of transaction.checks) {
            const present = isOwn(check) && check.version > 0 && (await store.read(check.key))
            checks.push(present ? { ...check, version: present.version } : check)
          }
          const result = await store.transact({ ...transaction, checks })
          if (!result.ok) return result
          const versions = result.versions.map((version, index) => {
            const write = transaction.writes[index]
            return write !== undefined && isOwn(write) && version > 0 ? 1 : version
          })
          return { ...result, versions }
        },
      })
    },
  },
]
