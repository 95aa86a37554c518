import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { RealmError } from '../../errors/index.ts'
import type { Bus, BusPort } from '../bus.ts'

/** A bus under test, without losses. */
export interface BusHarness {
  readonly bus: Bus
  /** Lets the messages that are under way arrive, or some of them. */
  settle(): Promise<void>
  /** Ends what the bus left running, after all nodes have left. */
  end?(): Promise<void>
}

type Received = [from: string, text: string]

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
const settlesMax = 500

/** Collects what a node receives. */
function inbox(): { received: Received[]; receive: (from: string, bytes: Uint8Array) => void } {
  const received: Received[] = []
  return { received, receive: (from, bytes) => received.push([from, textOf(bytes)]) }
}

/** What a test works with. Everything it joined leaves after it, so that nothing stays running. */
interface Scene {
  join(node: string, receive?: (from: string, bytes: Uint8Array) => void): Promise<BusPort>
  settle(): Promise<void>
  /** Settles until something is so, or gives up; the assertion that follows then says why. */
  until(reached: () => boolean): Promise<void>
}

/** Registers what every `Bus` must do while nothing is lost. */
export function busConformance(name: string, make: () => BusHarness): void {
  let ending: Array<() => Promise<void>> = []
  afterEach(async () => {
    const ends = ending
    ending = []
    for (const end of ends.reverse()) await end()
  })
  const scene = (): Scene => {
    const harness = make()
    ending.push(async () => harness.end?.())
    const settle = (): Promise<void> => harness.settle()
    return {
      settle,
      join: async (node, receive = () => {}) => {
        const port = await harness.bus.join(node, receive)
        ending.push(() => port.close())
        return port
      },
      until: async (reached) => {
        for (let turn = 0; turn < settlesMax && !reached(); turn += 1) await settle()
      },
    }
  }
  describe(`bus: ${name}`, () => busMessages(scene))
  describe(`bus, sizes and numbers: ${name}`, () => busSizes(scene))
  describe(`bus, joining: ${name}`, () => busMembership(scene))
  describe(`bus, after leaving: ${name}`, () => busLeaving(scene))
}

function busMessages(make: () => Scene): void {
  it('brings a message to the named node only, after the sender has gone on', async () => {
    const { join, settle, until } = make()
    const b = inbox()
    const c = inbox()
    const a = await join('a')
    await join('b', b.receive)
    await join('c', c.receive)
    a.send('b', bytesOf('hello'))
    assert.deepEqual(b.received, [], 'nothing arrives inside send')
    await until(() => b.received.length > 0)
    await settle()
    assert.deepEqual(b.received, [['a', 'hello']])
    assert.deepEqual(c.received, [])
  })

  it('carries an answer, a message to oneself and an empty message', async () => {
    const { join, until } = make()
    const a = inbox()
    const portA = await join('a', a.receive)
    const portB = await join('b', (from, bytes) => portB.send(from, bytes))
    portA.send('b', bytesOf('echo'))
    portA.send('a', new Uint8Array(0))
    await until(() => a.received.length === 2)
    assert.deepEqual(a.received.sort(), [
      ['a', ''],
      ['b', 'echo'],
    ])
  })

  it('knows nodes by any name of up to 64 characters', async () => {
    const { join, until } = make()
    const names = ['gate-1.eu_west', '*', '>', 'a b', '%41', 'A', '世界', 'x'.repeat(64)]
    const heard: string[] = []
    const ports = []
    for (const node of names)
      ports.push(await join(node, (from) => heard.push(`${from} → ${node}`)))
    const [first] = ports as [BusPort]
    for (const node of names) first.send(node, bytesOf('hello'))
    await until(() => heard.length === names.length)
    assert.deepEqual(heard.sort(), names.map((node) => `gate-1.eu_west → ${node}`).sort())
  })

  it('outlives a receiver that throws', async () => {
    const { join, until } = make()
    let calls = 0
    const a = await join('a')
    await join('b', () => {
      calls += 1
      throw new Error('A receiver failed on purpose.')
    })
    a.send('b', bytesOf('one'))
    a.send('b', bytesOf('two'))
    await until(() => calls === 2)
    assert.equal(calls, 2)
  })
}

function busSizes(make: () => Scene): void {
  it('keeps the order between two nodes', async () => {
    const { join, until } = make()
    const b = inbox()
    const a = await join('a')
    await join('b', b.receive)
    const sent = Array.from({ length: 5_000 }, (_, index) => String(index))
    for (const text of sent) a.send('b', bytesOf(text))
    await until(() => b.received.length >= sent.length)
    assert.deepEqual(
      b.received.map(([, text]) => text),
      sent,
    )
  })

  it('carries messages of up to some MiB, in order among small ones', async () => {
    const { join, until } = make()
    const sizes = [1, 2 ** 20, 0, 2 ** 20 + 1, 3, 5 * 2 ** 20, 4, 255 * 1024, 256 * 1024, 7]
    const sent = sizes.map((size, index) => patterned(size, index))
    const received: Uint8Array[] = []
    const a = await join('a')
    await join('b', (_, bytes) => received.push(bytes))
    for (const bytes of sent) a.send('b', bytes)
    await until(() => received.length >= sent.length)
    assert.deepEqual(
      received.map((bytes) => bytes.length),
      sizes,
    )
    for (const [index, bytes] of received.entries()) {
      assert.equal(Buffer.compare(bytes, sent[index] as Uint8Array), 0, `message ${index}`)
    }
  })

  it('leaves the bytes it was given as they were, and may be given them again', async () => {
    const { join, until } = make()
    const b = inbox()
    const c = inbox()
    const a = await join('a')
    await join('b', b.receive)
    await join('c', c.receive)
    const whole = bytesOf('..shared..')
    const part = whole.subarray(2, 8)
    for (const to of ['b', 'c', 'b']) a.send(to, part)
    await until(() => b.received.length === 2 && c.received.length === 1)
    assert.equal(textOf(whole), '..shared..')
    assert.deepEqual([...b.received, ...c.received], Array(3).fill(['a', 'shared']))
  })

  it('hands over plain bytes, whose slice is a copy', async () => {
    const { join, until } = make()
    const kinds: string[] = []
    const receive = (_: string, bytes: Uint8Array) => kinds.push(bytes.constructor.name)
    const a = await join('a', receive)
    await join('b', receive)
    for (const to of ['a', 'b', 'b']) a.send(to, bytesOf('hello'))
    await until(() => kinds.length === 3)
    assert.deepEqual(kinds, ['Uint8Array', 'Uint8Array', 'Uint8Array'])
  })
}

function patterned(size: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(size)
  for (let index = 0; index < size; index += 1) bytes[index] = (index * 31 + seed) & 255
  return bytes
}

function busMembership(make: () => Scene): void {
  it('loses what is sent to nobody', async () => {
    const { join, settle } = make()
    const a = await join('a')
    a.send('nobody', bytesOf('lost'))
    await settle()
    await settle()
    const late = inbox()
    await join('nobody', late.receive)
    await settle()
    assert.deepEqual(late.received, [])
  })

  it('refuses a name that is taken and gives it again once it is free', async () => {
    const { join, until } = make()
    const a = await join('a')
    const first = await join('b')
    await assert.rejects(
      join('b'),
      (error) => error instanceof RealmError && error.code === 'NODE_DUPLICATE',
    )
    await first.close()
    const again = inbox()
    await join('b', again.receive)
    // Until the news of the change has spread, what is sent to the name may be lost.
    await until(() => {
      a.send('b', bytesOf('hello'))
      return again.received.length > 0
    })
    assert.deepEqual(again.received[0], ['a', 'hello'])
  })

  it('gives a name to one of many who want it at once', async () => {
    const { join } = make()
    const wanted = await Promise.allSettled(Array.from({ length: 8 }, () => join('b')))
    assert.equal(wanted.filter(({ status }) => status === 'fulfilled').length, 1)
  })

  it('brings nothing to a new life of a name that its former life was sent', async () => {
    const { join, settle, until } = make()
    const a = await join('a')
    const first = inbox()
    const second = inbox()
    const former = await join('b', first.receive)
    a.send('b', bytesOf('first'))
    await until(() => first.received.length > 0)
    await former.close()
    await join('b', second.receive)
    former.send('a', bytesOf('ghost'))
    await until(() => {
      a.send('b', bytesOf('second'))
      return second.received.length > 0
    })
    await settle()
    assert.deepEqual(first.received, [['a', 'first']])
    assert.deepEqual([...new Set(second.received.map(([, text]) => text))], ['second'])
  })
}

function busLeaving(make: () => Scene): void {
  it('receives and sends nothing after leaving', async () => {
    const { join, settle } = make()
    const a = inbox()
    const b = inbox()
    const portA = await join('a', a.receive)
    const portB = await join('b', b.receive)
    portA.send('b', bytesOf('under way'))
    await portB.close()
    await portB.close()
    const heardBefore = b.received.length
    portA.send('b', bytesOf('late'))
    portB.send('a', bytesOf('ghost'))
    await settle()
    await settle()
    assert.equal(b.received.length, heardBefore)
    assert.deepEqual(a.received, [])
  })

  it('sends what was given before leaving', async () => {
    const { join, until } = make()
    const b = inbox()
    const a = await join('a')
    await join('b', b.receive)
    a.send('b', bytesOf('first'))
    await until(() => b.received.length > 0)
    a.send('b', bytesOf('last'))
    await a.close()
    await until(() => b.received.length > 1)
    assert.deepEqual(b.received.at(-1), ['a', 'last'])
  })
}
