import assert from 'node:assert/strict'
import { createHmac, createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto'
import { describe, it } from 'node:test'
import { record, text } from '../schema/index.ts'
import type { Credentials } from './handshake.ts'
import { nodeCrypto, secretBytes } from './identity.ts'
import { defineMessage } from './message.ts'
import { Chaos, smallRandom } from './test-kit/chaos.ts'
import { type ChaosNode, chaosNode, type Directory } from './test-kit/chaos-node.ts'
import { settle, type TestNode, testCluster } from './test-kit/index.ts'

const crypto = nodeCrypto()
const note = defineMessage('note', record({ text: text({ max: 20 }) }))
const calm = { lossRate: 0, repeatRate: 0, latencyMs: 1, jitterMs: 0 }

function credentialsOf(seed: number): Credentials {
  return { crypto, signer: crypto.signer(smallRandom(seed).bytes(secretBytes)) }
}

function pair() {
  const chaos = new Chaos(1, calm)
  const directory: Directory = new Map()
  const join = (id: string, forged?: Credentials): ChaosNode =>
    chaosNode(chaos, directory, id, { crypto, ...(forged && { forged }) })
  return { chaos, directory, join }
}

const heardBy = (node: ChaosNode): number[] => node.logs.flatMap(({ heard }) => heard)
const statesOf = ({ links }: ChaosNode): string[] =>
  links.peers().map(({ node, state }) => `${node} ${state}`)

describe('the cryptography of nodes', () => {
  it('signs and verifies, and takes nothing else for a signature', () => {
    const { signer } = credentialsOf(1)
    const bytes = Uint8Array.of(1, 2, 3)
    const signature = signer.sign(bytes)
    assert.equal(crypto.verify(signer.publicKey, bytes, signature), true)
    assert.equal(crypto.verify(signer.publicKey, Uint8Array.of(1, 2, 4), signature), false)
    assert.equal(crypto.verify(credentialsOf(2).signer.publicKey, bytes, signature), false)
    assert.equal(crypto.verify(new Uint8Array(5), bytes, signature), false)
    assert.equal(crypto.verify(signer.publicKey, bytes, new Uint8Array(0)), false)
    assert.deepEqual(signer.sign(bytes), signature, 'the same in every run')
  })

  it('agrees on a seal that depends on all that was said', () => {
    const [a, b] = [
      crypto.exchange(new Uint8Array(32).fill(1)),
      crypto.exchange(new Uint8Array(32)),
    ]
    const context = Uint8Array.of(7)
    const [ofA, ofB] = [a.agree(b.publicKey, context), b.agree(a.publicKey, context)]
    const message = Uint8Array.of(1, 2, 3)
    assert.deepEqual(ofA(message), ofB(message))
    assert.notDeepEqual(ofA(message), ofB(Uint8Array.of(1, 2, 4)))
    assert.notDeepEqual(ofA(message), b.agree(a.publicKey, Uint8Array.of(8))(message))
    assert.throws(() => a.agree(new Uint8Array(0), context))
  })

  it('seals with the HMAC of the host, whatever the length', () => {
    const context = Uint8Array.of(7)
    const { publicKey } = crypto.exchange(smallRandom(2).bytes(secretBytes))
    const seal = crypto.exchange(smallRandom(1).bytes(secretBytes)).agree(publicKey, context)
    const shared = diffieHellman({
      privateKey: x25519Key(smallRandom(1).bytes(secretBytes)),
      publicKey: createPublicKey(x25519Key(smallRandom(2).bytes(secretBytes))),
    })
    const key = createHmac('sha256', shared).update(context).digest()
    for (const length of [0, 1, 55, 64, 150, 4095, 4096, 4097, 70_000, 3]) {
      const bytes = smallRandom(length).bytes(length)
      const expected = createHmac('sha256', key).update(bytes).digest().subarray(0, 16)
      assert.deepEqual([...seal(bytes)], [...expected], `${length} bytes`)
    }
  })
})

function x25519Key(raw: Uint8Array) {
  const key = Buffer.concat([Buffer.from('302e020100300506032b656e04220420', 'hex'), raw])
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' })
}

describe('nodes of a cluster that prove who they are', () => {
  it('speak with each other in any order of start, and again after a restart', async () => {
    const { clock, join } = testCluster()
    const a = await join('a', {}, { crypto })
    a.node.post('b', note, { text: 'too early for b' })
    const b = await join('b', {}, { crypto })
    const heard: string[] = []
    const listen = ({ node }: TestNode) =>
      node.serve(note, (_from, { text: said }) => void heard.push(said))
    listen(b)
    a.node.post('b', note, { text: 'one' })
    await settle()
    await b.node.close()
    listen(await join('b', {}, { crypto }))
    await clock.advance(500)
    a.node.post('b', note, { text: 'two' })
    await settle()
    assert.deepEqual(heard, ['one', 'two'])
    assert.deepEqual(
      a.node.view().map(({ publicKey }) => publicKey.length),
      [32, 32],
    )
  })

  it('have nothing to do with one that does not', async () => {
    const { clock, join } = testCluster()
    const a = await join('a', {}, { crypto })
    const plain = await join('plain')
    const heard: string[] = []
    for (const { node } of [a, plain]) {
      node.serve(note, (_from, { text: said }) => void heard.push(said))
    }
    await clock.advance(500)
    a.node.post('plain', note, { text: 'from a' })
    plain.node.post('a', note, { text: 'from plain' })
    await clock.advance(5000)
    assert.deepEqual(heard, [])
  })
})

describe('a node that deals with others', () => {
  it('goes from accepted over verified and synced to active', async () => {
    const { chaos, join } = pair()
    const [a, b] = [join('a'), join('b')]
    const seen = new Set<string>()
    chaos.tap = () => {
      for (const state of [...statesOf(a), ...statesOf(b)]) seen.add(state)
    }
    a.send('b', 1, 5)
    await chaos.run(100)
    assert.deepEqual(heardBy(b), [1])
    assert.deepEqual([...statesOf(a), ...statesOf(b)], ['b active', 'a active'])
    assert.deepEqual([...seen].sort(), [
      ...['a accepted', 'a active', 'a verified'],
      ...['b accepted', 'b synced', 'b verified'],
    ])
  })

  it('refuses who has another key than the one that is listed', async () => {
    const { chaos, join } = pair()
    const b = join('b')
    const impostor = join('a', credentialsOf(3))
    impostor.send('b', 1, 5)
    await chaos.run(4000)
    assert.deepEqual(heardBy(b), [])
    assert.deepEqual(statesOf(b), [], 'it is recycled')
    await chaos.run(10_000)
    assert.equal(impostor.logs[0]?.broken, true)
  })

  it('says nothing to who has another key than the one that is listed', async () => {
    const { chaos, join } = pair()
    const impostor = join('b', credentialsOf(3))
    const a = join('a')
    a.send('b', 1, 5)
    await chaos.run(9000)
    assert.deepEqual(statesOf(a), ['b accepted'])
    await chaos.run(2000)
    assert.equal(a.logs[0]?.broken, true)
    assert.deepEqual(heardBy(impostor), [])
    assert.deepEqual(statesOf(a), [])
  })

  it('refuses who is not listed', async () => {
    const { chaos, directory, join } = pair()
    const b = join('b')
    const stranger = join('x')
    directory.delete('x')
    stranger.send('b', 1, 5)
    await chaos.run(15_000)
    assert.deepEqual([heardBy(b), statesOf(b)], [[], []])
    assert.equal(stranger.logs[0]?.broken, true)
  })

  it('recycles who says hello and then nothing', async () => {
    const { chaos, directory, join } = pair()
    const b = join('b')
    const hellos: Uint8Array[] = []
    chaos.tap = (from, _to, bytes) => {
      if (from === 'a') hellos.push(bytes)
    }
    const a = join('a')
    a.send('b', 1, 5)
    await chaos.run(0)
    a.links.close()
    assert.ok(directory.has('a'))
    await chaos.run(1000)
    assert.deepEqual(statesOf(b), ['a accepted'])
    await chaos.run(3000)
    assert.deepEqual(statesOf(b), [])
  })

  it('is not deceived by a handshake that was recorded', async () => {
    const { chaos, join } = pair()
    const b = join('b')
    const recorded: Uint8Array[] = []
    chaos.tap = (from, to, bytes) => {
      if (from === 'a' && to === 'b') recorded.push(bytes)
    }
    const a = join('a')
    a.send('b', 1, 5)
    await chaos.run(100)
    const before = statesOf(b)
    const replayed = recorded.splice(0)
    assert.ok(replayed.length >= 3)
    for (const bytes of replayed) chaos.send('a', 'b', bytes)
    await chaos.run(4000)
    assert.deepEqual([heardBy(b), statesOf(b)], [[1], before], 'while the link stands')
    b.links.drop('a')
    for (const bytes of replayed) {
      chaos.send('a', 'b', bytes)
      await chaos.run(100)
    }
    assert.deepEqual(heardBy(b), [1], 'and when it is gone')
  })

  it('takes no message that was changed, and none without a seal', async () => {
    const { chaos, join } = pair()
    const [a, b] = [join('a'), join('b')]
    a.send('b', 1, 5)
    await chaos.run(100)
    const port: Uint8Array[] = []
    chaos.tap = (from, _to, bytes) => {
      if (from === 'a') port.push(bytes)
    }
    a.send('b', 2, 5)
    await chaos.run(0)
    const sealed = port[0] as Uint8Array
    chaos.tap = () => {}
    for (let at = 0; at < sealed.length; at += 1) {
      const forged = sealed.slice()
      forged[at] = (forged[at] as number) ^ 1
      b.links.receive('a', forged)
    }
    b.links.receive('a', sealed.subarray(0, sealed.length - 16))
    assert.deepEqual(heardBy(b), [1])
    await chaos.run(1000)
    assert.deepEqual(heardBy(b), [1, 2])
  })
})
