import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { RealmError } from '../errors/index.ts'
import { bytes, serverOnly, u16, u32 } from '../schema/index.ts'
import { call } from './call.ts'
import { contentHash } from './content-hash.ts'
import { defineActor } from './define-actor.ts'
import { defineService } from './define-service.ts'
import { defineGame, type GameDefinition } from './game.ts'
import { loadGame } from './load-game.ts'

const hero = defineActor(
  {
    state: { level: u16, secret: serverOnly(u32) },
    events: { grew: { level: u16 } },
    watch: 'anyone',
  },
  { calls: { up: call({ by: u16 }, { level: u16 }, () => ({ level: 1 })) } },
)
const shop = defineService({ calls: { list: call({}, {}, () => ({})) } })

function refused(definition: unknown): string {
  try {
    loadGame(definition as GameDefinition)
  } catch (error) {
    assert.ok(error instanceof RealmError && error.code === 'GAME_INVALID', String(error))
    return error.detail
  }
  throw new Error('The game was taken.')
}

describe('a game', () => {
  it('is numbered: services, actors, rooms, worlds, each as listed', () => {
    const game = loadGame(defineGame({ actors: { hero }, services: { shop } }))
    assert.deepEqual(
      game.blocks.map(({ number, name, block }) => [number, block.kind, name]),
      [
        [0, 'service', 'shop'],
        [1, 'actor', 'hero'],
      ],
    )
    assert.equal(game.placeOf(hero)?.name, 'hero')
    assert.equal(game.find('actor', 'shop'), undefined)
    assert.ok(game.behaviourAt('actor/hero/x'))
    for (const address of ['actor/hero', 'room/hero/x', 'actor/hero/x/y', '', 'service/shop/x']) {
      assert.equal(game.behaviourAt(address), undefined, address)
    }
  })

  it('shows clients its face, without what is for the server alone', () => {
    const game = loadGame(defineGame({ name: 'test', actors: { hero } }))
    const json = JSON.parse(new TextDecoder().decode(game.manifestBytes))
    assert.deepEqual(json, game.manifest)
    const [block] = game.manifest.blocks
    assert.deepEqual(
      block?.events.map(({ name }) => name),
      ['grew'],
    )
    assert.ok(!JSON.stringify(block).includes('secret'))
    assert.match(game.manifestHash, /^[0-9a-f]{16}$/)
    const same = loadGame(defineGame({ name: 'test', actors: { hero } }))
    assert.equal(same.manifestHash, game.manifestHash)
    assert.notEqual(loadGame(defineGame({ actors: { hero } })).manifestHash, game.manifestHash)
  })

  it('that is wrong is refused, naming the place', () => {
    assert.match(refused(undefined), /^game: /)
    assert.match(refused({}), /^game: /)
    assert.match(refused(defineGame({ name: 'no spaces' })), /^name: /)
    assert.match(refused(defineGame({ actors: { Hero: hero } })), /^actors\.Hero: /)
    assert.match(refused(defineGame({ actors: { 'a/b': hero } })), /^actors\.a\/b: /)
    assert.match(refused({ spec: { actors: { shop } } }), /^actors\.shop: .*defineActor/)
    assert.match(refused({ spec: { rooms: { x: undefined } } }), /^rooms\.x: .*defineRoom/)
    assert.match(refused(defineGame({ actors: { a: hero, b: hero } })), /^actors\.b: .*actors\.a/)
    const odd = defineService({ calls: { 'not-a-name': call({}, {}, () => ({})) } })
    assert.match(refused(defineGame({ services: { odd } })), /^services\.odd\.calls\.not-a-name: /)
    const many = Object.fromEntries(
      Array.from({ length: 257 }, (_, index) => [`c${index}`, call({}, {}, () => ({}))]),
    )
    const full = defineService({ calls: many })
    assert.match(refused(defineGame({ services: { full } })), /^services\.full: .*256 calls/)
    const types = { data: bytes({ max: 10 }) }
    const wide = () =>
      defineService({
        calls: Object.fromEntries(
          Array.from({ length: 256 }, (_, index) => [
            `c${index}`,
            call(types, types, () => ({ data: new Uint8Array() })),
          ]),
        ),
      })
    const services = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [`s${index}`, wide()]),
    )
    assert.match(refused(defineGame({ services })), /^game: .*manifest/)
  })

  it('keeps its page and the packages it needs', () => {
    const folder = new URL('file:///game/web/')
    assert.deepEqual(loadGame(defineGame({ web: folder })).web, { folder, packages: [] })
    const web = { folder: 'web', packages: ['pixi.js'] }
    assert.deepEqual(loadGame(defineGame({ web })).web, web)
    assert.equal(loadGame(defineGame({})).web, undefined)
  })
})

describe('the content hash', () => {
  it('is FNV-1a with 64 bits', () => {
    const text = (value: string) => contentHash(new TextEncoder().encode(value))
    // Test vectors of draft-eastlake-fnv, appendix C.
    assert.equal(text(''), 'cbf29ce484222325')
    assert.equal(text('a'), 'af63dc4c8601ec8c')
    assert.equal(text('foobar'), '85944171f73967e8')
    fc.assert(
      fc.property(fc.uint8Array(), (value) => {
        let hash = 0xcbf29ce484222325n
        for (const one of value) hash = ((hash ^ BigInt(one)) * 0x100000001b3n) & (2n ** 64n - 1n)
        assert.equal(contentHash(value), hash.toString(16).padStart(16, '0'))
      }),
    )
  })
})
