import { busConformance } from '../ports/conformance/bus.ts'
import { clockConformance } from '../ports/conformance/clock.ts'
import { ledgerConformance } from '../ports/conformance/ledger.ts'
import { listenerConformance } from '../ports/conformance/listener.ts'
import { randomConformance } from '../ports/conformance/random.ts'
import { storeConformance } from '../ports/conformance/store.ts'
import type { Store } from '../ports/index.ts'
import { seededRandom } from './random.ts'
import { type SimWorld, simWorld } from './world.ts'

clockConformance('sim', () => {
  const world = simWorld(1)
  return { clock: world.process('a').clock, advance: world.run }
})

randomConformance('sim', () => seededRandom('seed'))

busConformance('sim', () => {
  const world = simWorld(2)
  return { bus: world.bus, settle: () => world.run(1_000) }
})

/** A store whose calls let virtual time pass until they are answered. */
function driven(world: SimWorld, store: Store): Store {
  return {
    exclusive: store.exclusive,
    ledger: {
      balance: (account, asset) => world.until(store.ledger.balance(account, asset)),
      balances: (account, page) => world.until(store.ledger.balances(account, page)),
      items: (account, page) => world.until(store.ledger.items(account, page)),
      item: (id) => world.until(store.ledger.item(id)),
      history: (account, page) => world.until(store.ledger.history(account, page)),
      transfer: (id) => world.until(store.ledger.transfer(id)),
      audit: () => world.until(store.ledger.audit()),
    },
    read: (key) => world.until(store.read(key)),
    scan: (prefix, options) => world.until(store.scan(prefix, options)),
    transact: (transaction) => world.until(store.transact(transaction)),
    close: () => world.until(store.close()),
  }
}

const simStore = (): Store => {
  const world = simWorld(3)
  return driven(world, world.process('a').store())
}
storeConformance('sim', simStore)
ledgerConformance('sim', simStore)

listenerConformance('sim', (limits) => {
  const world = simWorld(4)
  return {
    listener: world.process('gate').listener(limits),
    connect: ({ host, port }, options) =>
      world.process('player').connectClient(`ws://${host}:${port}/realm`, options),
    request: async ({ host, port }, { path, ...request }) => {
      const response = await world.request(`http://${host}:${port}${path}`, request)
      const { body = '' } = response
      return {
        status: response.status,
        headers: response.headers ?? {},
        body: typeof body === 'string' ? new TextEncoder().encode(body) : body,
      }
    },
    until: world.until,
    settle: () => world.run(1_000),
  }
})
