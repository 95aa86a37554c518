import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { settle } from '../cluster/test-kit/index.ts'
import { RealmError } from '../errors/index.ts'
import type { Behaviour, HostMessage } from './behaviour.ts'
import type { Block } from './block.ts'
import type { GameDefinition, GameSpec } from './game.ts'
import { testRealm } from './test-kit/test-host.ts'

const address = 'room/test/x'

function commandMessage(sequence: number): HostMessage {
  return { op: 'command', session: 's', command: 0, sequence, input: new Uint8Array() }
}

function gameOf(receive: (sequence: number) => unknown): GameDefinition<GameSpec> {
  const behave = (): Behaviour => ({
    start: () => {},
    receive: (message) => receive(message.op === 'command' ? message.sequence : -1) as undefined,
    freeze: () => new Uint8Array(),
    stop: () => {},
  })
  const block: Block = {
    kind: 'room',
    describe: () => ({ kind: 'room', calls: [], commands: [], events: [] }),
    inputs: [],
    joinOptions: undefined,
    access: [],
    watch: 'anyone',
    behave,
    matchmaker: behave,
  }
  return { spec: { rooms: { test: block as never } } }
}

const never = (error: unknown): void => assert.fail(String(error))

describe('a posted message', () => {
  it('has its turn at once where nothing is under way, and activates what is not', async () => {
    const taken: number[] = []
    const { host } = await testRealm(gameOf((sequence) => void taken.push(sequence))).join()
    host.post(address, commandMessage(1), never)
    assert.deepEqual(taken, [])
    await settle()
    assert.deepEqual(taken, [1])
    host.post(address, commandMessage(2), never)
    assert.deepEqual(taken, [1, 2])
    assert.equal(host.stats().messages, 2)
  })

  it('waits for the turn under way, in the order of sending', async () => {
    const taken: number[] = []
    let finish = (): void => {}
    const game = gameOf((sequence) => {
      taken.push(sequence)
      if (sequence !== 1) return undefined
      return new Promise<void>((resolve) => {
        finish = resolve
      })
    })
    const { host } = await testRealm(game).join()
    await host.start(address)
    host.post(address, commandMessage(1), never)
    const sent = host.send(address, commandMessage(2))
    host.post(address, commandMessage(3), never)
    await settle()
    assert.deepEqual(taken, [1])
    assert.equal(host.stats().messagesWaiting, 2)
    finish()
    await sent
    await settle()
    assert.deepEqual(taken, [1, 2, 3])
  })

  it('tells its sender why it failed, once', async () => {
    const game = gameOf((sequence) => {
      if (sequence === 1) throw new RealmError('REFUSED', 'no')
      if (sequence === 2) return Promise.reject(new Error('a secret'))
      return undefined
    })
    const { host } = await testRealm(game).join()
    await host.start(address)
    const codes: unknown[] = []
    const refused = (error: unknown): void => void codes.push((error as RealmError).code)
    for (const sequence of [1, 2, 3]) host.post(address, commandMessage(sequence), refused)
    await settle()
    assert.deepEqual(codes, ['REFUSED', 'HANDLER_FAILED'])
  })

  it('finds a stopped host out', async () => {
    const { host } = await testRealm(gameOf(() => undefined)).join()
    await host.start(address)
    await host.stop()
    const codes: unknown[] = []
    host.post(address, commandMessage(1), (error) => codes.push((error as RealmError).code))
    await settle()
    assert.deepEqual(codes, ['NODE_STOPPED'])
  })
})
