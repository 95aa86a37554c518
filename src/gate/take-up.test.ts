import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { RealmError } from '../errors/index.ts'
import type { Store } from '../ports/index.ts'
import { memoryStore } from '../store/index.ts'
import type { FakeSocket } from './test-kit/fake-socket.ts'
import { type Fixture, fixture } from './test-kit/fixture.ts'
import { settled } from './test-kit/virtual-clock.ts'

interface Welcomed {
  readonly session: string
  readonly resumeToken: string
}

function hello(gate: Fixture, of: Welcomed, attempt: number, received = 0): FakeSocket {
  const socket = gate.connect()
  const { session, resumeToken: token } = of
  socket.hello({ type: 'resume', session, token, received, attempt })
  return socket
}

/** Two gates, and what of the store the second one has. */
async function twoGates() {
  const store = memoryStore()
  /** Before a transaction, and after it: what throws there is what the gate sees. */
  const outside = { before: async () => {}, after: async () => {}, read: async () => {} }
  const slow: Store = {
    ...store,
    transact: async (transaction) => {
      await outside.before()
      const result = await store.transact(transaction)
      await outside.after()
      return result
    },
    read: async (key) => {
      await outside.read()
      return store.read(key)
    },
    scan: (prefix, options) => store.scan(prefix, options),
  }
  const near = await fixture({ store })
  const far = await fixture({ store: slow, seed: 2 })
  ;(far.node as { id: string }).id = 'gate2'
  const first = await near.enter()
  return { near, far, outside, first, store }
}

/** Something that is waited for until the test lets it go on. */
function held(): { readonly wait: () => Promise<void>; readonly open: () => void } {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { wait: () => opened, open: () => open() }
}

async function lost(): Promise<never> {
  throw new RealmError('STORE_UNAVAILABLE')
}

describe('a session that is taken up', () => {
  test('stays with the client’s newest attempt where an older one arrives late', async () => {
    const { near, far, outside, first } = await twoGates()
    const door = held()
    outside.before = door.wait
    const older = hello(far, first.welcomed(), 2)
    await settled()
    // It took too long: the client has turned back to the gate it came from.
    const newer = hello(near, first.welcomed(), 3)
    await settled()
    assert.equal(newer.welcomed().resumed, true)
    door.open()
    await settled()
    assert.equal(older.of('bye')[0]?.error, 'SESSION_MOVED')
    assert.equal(newer.closed, undefined)
    newer.say('ping', { time: 1, received: 0 })
    await settled()
    assert.equal(newer.of('pong').length, 1)
  })

  test('goes to the newest attempt where an older one was faster', async () => {
    const { near, far, outside, first } = await twoGates()
    const door = held()
    outside.before = door.wait
    const newer = hello(far, first.welcomed(), 3)
    await settled()
    hello(near, first.welcomed(), 2)
    await settled()
    door.open()
    await settled()
    assert.equal(newer.welcomed().session, first.welcomed().session)
    assert.equal(newer.closed, undefined)
  })

  test('is taken up again where the welcome at its new gate was lost', async () => {
    const { far, first } = await twoGates()
    const unheard = hello(far, first.welcomed(), 2, 7)
    await settled()
    assert.equal(unheard.welcomed().resumed, false)
    unheard.drop()
    await settled()
    // The client still counts what it had of its former gate.
    const again = hello(far, first.welcomed(), 3, 7)
    await settled()
    assert.equal(again.welcomed().session, first.welcomed().session)
    assert.deepEqual([again.welcomed().resumed, again.welcomed().received], [false, 0])
  })

  test('is taken up by the newer of two attempts at one gate', async () => {
    const { far, outside, first } = await twoGates()
    const door = held()
    outside.read = door.wait
    const sockets = [hello(far, first.welcomed(), 2), hello(far, first.welcomed(), 3)]
    await settled()
    door.open()
    await settled()
    assert.equal(sockets[0]?.of('bye').at(-1)?.error, 'SESSION_MOVED')
    assert.equal(sockets[1]?.welcomed().session, first.welcomed().session)
    assert.equal(sockets[1]?.closed, undefined)
  })

  test('does not end because the answer to a write of its own gate was lost', async () => {
    const { far, outside, first } = await twoGates()
    const socket = hello(far, first.welcomed(), 2)
    await settled()
    outside.after = lost
    outside.read = lost
    // Shows that the new token has arrived, which is noted in the record.
    socket.say('ping', { time: 1, received: 0 })
    await settled()
    outside.after = async () => {}
    outside.read = async () => {}
    const next = hello(far, socket.welcomed(), 3)
    await settled()
    assert.equal(next.welcomed().resumed, true)
    assert.equal(next.closed, undefined)
  })
})
