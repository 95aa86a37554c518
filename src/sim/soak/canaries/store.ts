import { RealmError } from '../../../errors/index.ts'
import type { StoredRecord, Transaction, TransactionResult } from '../../../ports/index.ts'
import { type Canary, transacting, withStore } from './plant.ts'

const isState = ({ key }: { readonly key: string }): boolean => key.startsWith('state/')
const isOwn = ({ key }: { readonly key: string }): boolean => key.startsWith('own/')
const isDue = (key: string): boolean => key.startsWith('due/')
const keepsState = ({ writes }: Transaction): boolean => writes.some(isState)
const keepsOwner = ({ writes }: Transaction): boolean => writes.some(isOwn)

/** Versions that look like those of a store that has done it. */
function yes({ writes }: Transaction): TransactionResult {
  return { ok: true, versions: writes.map(() => 1_000_000_000) }
}

const never = (): Promise<never> => new Promise(() => {})

/** Bugs of a store that keeps records. */
export const storeCanaries: readonly Canary[] = [
  transacting('a store that forgets the fence', () => (store) => (transaction) => {
    const checks = transaction.checks.filter((check) => !isOwn(check) && !isState(check))
    return store.transact({ ...transaction, checks })
  }),
  transacting('a store that says yes to what it does not write', (draw) => (store) => {
    return (transaction) => {
      const lost = keepsState(transaction) && draw.chance(0.01)
      return lost ? Promise.resolve(yes(transaction)) : store.transact(transaction)
    }
  }),
  transacting('a store that says yes while its disk is full', () => (store) => {
    return async (transaction) => {
      try {
        return await store.transact(transaction)
      } catch (error) {
        if (!(error instanceof RealmError) || !keepsState(transaction)) throw error
        return yes(transaction)
      }
    }
  }),
  transacting('a store that has forgotten its last batch after a crash', () => (store) => {
    const before = new Map<string, Uint8Array | undefined>()
    const now = new Map<string, Uint8Array | undefined>()
    let last: string | undefined
    return async (transaction) => {
      try {
        const result = await store.transact(transaction)
        for (const { key, value } of result.ok ? transaction.writes.filter(isState) : []) {
          if (now.has(key)) before.set(key, now.get(key))
          now.set(key, value)
          last = key
        }
        return result
      } catch (error) {
        const key = last ?? ''
        const crashed = error instanceof RealmError && error.detail.includes('connection')
        if (crashed && before.has(key)) {
          const writes = [{ key, value: before.get(key) }]
          await store.transact({ checks: [], writes }).catch(() => {})
          before.delete(key)
        }
        throw error
      }
    }
  }),
  transacting('a store that writes only some of a transaction', (draw) => (store) => {
    return (transaction) => {
      const { transfers = [], writes } = transaction
      if (transfers.length === 0 || !draw.chance(0.05)) return store.transact(transaction)
      const rest = writes.filter((write) => !isState(write))
      return store.transact({ ...transaction, writes: rest }).then((result) => {
        return result.ok ? yes(transaction) : result
      })
    }
  }),
  transacting('a store that writes an old record again', (draw) => (store) => {
    const old: { key: string; value: Uint8Array | undefined }[] = []
    return async (transaction) => {
      const result = await store.transact(transaction)
      if (result.ok && keepsState(transaction)) {
        if (old.length > 3 && draw.chance(0.03)) {
          await store.transact({ checks: [], writes: [old[old.length - 3] as never] })
        }
        const write = transaction.writes.find(isState)
        if (write !== undefined) old.push(write)
      }
      return result
    }
  }),
  transacting('a store that takes one key for another', (draw) => (store) => {
    const keys: string[] = []
    return (transaction) => {
      const writes = transaction.writes.map((write) => {
        if (!write.key.startsWith('state/actor/')) return write
        if (!keys.includes(write.key)) keys.push(write.key)
        return draw.chance(0.01) ? { ...write, key: draw.one(keys) } : write
      })
      return store.transact({ ...transaction, writes })
    }
  }),
  transacting('a store that forgets to answer', (draw) => (store) => (transaction) => {
    return keepsState(transaction) && draw.chance(0.005) ? never() : store.transact(transaction)
  }),
  transacting('a store that does not write who owns', (draw) => (store) => (transaction) => {
    const forgets = keepsOwner(transaction) && draw.chance(0.2)
    return forgets ? Promise.resolve(yes(transaction)) : store.transact(transaction)
  }),
  transacting('a store that takes any epoch for the present one', () => (store) => {
    return async (transaction) => {
      const checks = []
      for (const check of transaction.checks) {
        const present = keepsState(transaction) && isOwn(check) && (await store.read(check.key))
        checks.push(present ? { ...check, version: present.version } : check)
      }
      return store.transact({ ...transaction, checks })
    }
  }),
  transacting('a store that forgets what is due', (draw) => (store) => (transaction) => {
    const { writes } = transaction
    const kept = writes.filter(({ key, value }) => !(isDue(key) && value && draw.chance(0.2)))
    if (kept.length === writes.length) return store.transact(transaction)
    return store.transact({ ...transaction, writes: kept }).then((result) => {
      if (!result.ok) return result
      const versions = new Map(kept.map((write, index) => [write, result.versions[index] ?? 0]))
      return { ...result, versions: writes.map((write) => versions.get(write) ?? 1) }
    })
  }),
  {
    name: 'a store whose reads come from a copy that lags behind',
    plant: (draw) => {
      const seen = new Map<string, StoredRecord | undefined>()
      return (ports) =>
        withStore(ports, {
          read: async (key) => {
            const record = await ports.store.read(key)
            if (!key.startsWith('state/')) return record
            const old = seen.get(key)
            seen.set(key, record)
            return old !== undefined && draw.chance(0.5) ? old : record
          },
        })
    },
  },
  {
    name: 'a store that takes an activation for new that is not',
    plant: (draw) => (ports) =>
      withStore(ports, {
        read: async (key) => {
          const record = await ports.store.read(key)
          return key.startsWith('state/actor/') && draw.chance(0.3) ? undefined : record
        },
      }),
  },
  {
    name: 'a store that never answers some reads',
    plant: (draw) => (ports) =>
      withStore(ports, {
        read: (key) => (draw.chance(0.002) ? never() : ports.store.read(key)),
      }),
  },
]
