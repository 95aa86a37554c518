import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RealmError } from '../../errors/index.ts'
import type { Bus } from '../bus.ts'

/** A bus under test, without losses. */
export interface BusHarness {
  readonly bus: Bus
  /** Lets the messages that are under way arrive. */
  settle(): Promise<void>
}

type Received = [from: string, text: string]

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

/** Collects what a node receives. */
function inbox(): { received: Received[]; receive: (from: string, bytes: Uint8Array) => void } {
  const received: Received[] = []
  return { received, receive: (from, bytes) => received.push([from, textOf(bytes)]) }
}

/** Registers what every `Bus` must do while nothing is lost. */
export function busConformance(name: string, make: () => BusHarness): void {
  describe(`bus: ${name}`, () => {
    it('brings a message to the named node only, after the sender has gone on', async () => {
      const { bus, settle } = make()
      const b = inbox()
      const c = inbox()
      const a = await bus.join('a', () => {})
      await bus.join('b', b.receive)
      await bus.join('c', c.receive)
      a.send('b', bytesOf('hello'))
      assert.deepEqual(b.received, [], 'nothing arrives inside send')
      await settle()
      assert.deepEqual(b.received, [['a', 'hello']])
      assert.deepEqual(c.received, [])
    })

    it('keeps the order between two nodes', async () => {
      const { bus, settle } = make()
      const b = inbox()
      const a = await bus.join('a', () => {})
      await bus.join('b', b.receive)
      const sent = Array.from({ length: 5_000 }, (_, index) => String(index))
      for (const text of sent) a.send('b', bytesOf(text))
      await settle()
      assert.deepEqual(
        b.received.map(([, text]) => text),
        sent,
      )
    })

    it('carries an answer, a message to oneself and an empty message', async () => {
      const { bus, settle } = make()
      const a = inbox()
      const portA = await bus.join('a', a.receive)
      const portB = await bus.join('b', (from, bytes) => portB.send(from, bytes))
      portA.send('b', bytesOf('echo'))
      portA.send('a', new Uint8Array(0))
      await settle()
      assert.deepEqual(a.received.sort(), [
        ['a', ''],
        ['b', 'echo'],
      ])
    })
  })
  busMembership(name, make)
}

function busMembership(name: string, make: () => BusHarness): void {
  describe(`bus, joining and leaving: ${name}`, () => {
    it('loses what is sent to nobody', async () => {
      const { bus, settle } = make()
      const a = await bus.join('a', () => {})
      a.send('nobody', bytesOf('lost'))
      await settle()
      const late = inbox()
      await bus.join('nobody', late.receive)
      await settle()
      assert.deepEqual(late.received, [])
    })

    it('refuses a name that is taken and gives it again once it is free', async () => {
      const { bus, settle } = make()
      const a = await bus.join('a', () => {})
      const first = await bus.join('b', () => {})
      await assert.rejects(
        bus.join('b', () => {}),
        (error) => error instanceof RealmError && error.code === 'NODE_DUPLICATE',
      )
      await first.close()
      const again = inbox()
      await bus.join('b', again.receive)
      a.send('b', bytesOf('hello'))
      await settle()
      assert.deepEqual(again.received, [['a', 'hello']])
    })

    it('receives and sends nothing after leaving', async () => {
      const { bus, settle } = make()
      const a = inbox()
      const b = inbox()
      const portA = await bus.join('a', a.receive)
      const portB = await bus.join('b', b.receive)
      portA.send('b', bytesOf('under way'))
      await portB.close()
      await portB.close()
      const heardBefore = b.received.length
      portA.send('b', bytesOf('late'))
      portB.send('a', bytesOf('ghost'))
      await settle()
      assert.equal(b.received.length, heardBefore)
      assert.deepEqual(a.received, [])
    })

    it('outlives a receiver that throws', async () => {
      const { bus, settle } = make()
      let calls = 0
      const a = await bus.join('a', () => {})
      await bus.join('b', () => {
        calls += 1
        throw new Error('A receiver failed on purpose.')
      })
      a.send('b', bytesOf('one'))
      a.send('b', bytesOf('two'))
      await settle()
      assert.equal(calls, 2)
    })
  })
}
