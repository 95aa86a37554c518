import { connect, type Realm } from '../../src/client/index.ts'

/** A well-behaved player and everything that ever bothered them. */
export interface TestPlayer<G> {
  readonly realm: Realm<G>
  /** Every change of the connection's status. */
  readonly statuses: string[]
  /** Codes of all errors that no promise carried. */
  readonly errors: string[]
}

/** Connects a guest over a real socket, who keeps their secret for as long as the test runs. */
export async function enter<G>(url: string, guest: string): Promise<TestPlayer<G>> {
  const stored = new Map<string, string>()
  const realm = await connect<G>(url, {
    guest,
    storage: {
      getItem: (key) => stored.get(key) ?? null,
      setItem: (key, value) => void stored.set(key, value),
      removeItem: (key) => void stored.delete(key),
    },
  })
  const statuses: string[] = []
  const errors: string[] = []
  realm.onStatus((status) => statuses.push(status))
  realm.onError((error) => errors.push(error.code))
  return { realm, statuses, errors }
}
