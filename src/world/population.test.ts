import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { RealmError } from '../errors/index.ts'
import {
  choice,
  fixed,
  list,
  map,
  optional,
  record,
  serverOnly,
  text,
  u8,
  u16,
} from '../schema/index.ts'
import { type AnyEntity, defineWorld, type Entity, entity, type World } from './index.ts'
import { harness, seededRandom } from './test-kit/harness.ts'

const Hero = entity({
  hp: u16,
  speed: fixed({ min: 0, max: 10, step: 0.5 }),
  mood: choice('calm', 'cross'),
  bag: list(u8, { max: 3 }),
  skills: map(u8),
  home: optional(record({ x: u8 })),
  hidden: serverOnly(text({ max: 5 })),
})
const Rock = entity({})
const kinds = { Hero, Rock }
type Test = World<typeof kinds>

const code = (expected: string) => (error: unknown) =>
  error instanceof RealmError && error.code === expected

/** Runs `use` inside of a tick of a new world; what it throws reaches the test. */
async function inWorld(use: (world: Test) => void, entitiesMax = 20_000) {
  let thrown: unknown
  let run: ((world: Test) => void) | undefined = use
  const block = defineWorld(
    {
      size: { width: 300, height: 300 },
      viewRadius: 30,
      entities: kinds,
      avatar: Hero,
      entitiesMax,
    },
    {
      join: (world) => world.spawn(Hero, { x: 0, y: 0 }),
      step: (world) => {
        try {
          run?.(world as Test)
        } catch (error) {
          thrown = error
        }
      },
    },
  )
  const h = await harness(block)
  const tick = (next?: (world: Test) => void) => {
    thrown = undefined
    run = next
    h.tick()
    if (thrown !== undefined) throw thrown
  }
  tick(use)
  return { h, tick }
}

describe('entities', () => {
  it('are read and written like objects, and checked', async () => {
    await inWorld((world) => {
      const hero = world.spawn(Hero, { x: 1, y: 2, hp: 50, mood: 'cross' })
      hero.x += 1.5
      hero.hp -= 8
      hero.speed = 3.3
      assert.deepEqual(JSON.parse(JSON.stringify(hero)), {
        id: hero.id,
        kind: 'Hero',
        x: 2.5,
        y: 2,
        hp: 42,
        speed: 3.3,
        mood: 'cross',
        bag: [],
        skills: {},
        hidden: '',
      })
      const wrong: [keyof typeof hero, unknown][] = [
        ['hp', -1],
        ['hp', 1.5],
        ['hp', '5'],
        ['hp', undefined],
        ['speed', 11],
        ['mood', 'sad'],
        ['bag', [1, 2, 3, 4]],
        ['home', { x: 300 }],
        ['hidden', 'too long'],
        ['x', Number.POSITIVE_INFINITY],
      ]
      for (const [name, value] of wrong) {
        assert.throws(
          () => Object.assign(hero, { [name]: value }),
          (error: RealmError) => code('SCHEMA_INVALID')(error) && error.detail.includes(name),
        )
      }
      assert.equal(hero.hp, 42)
      assert.throws(() => Object.assign(hero, { id: 3 }), TypeError)
      assert.throws(() => Object.assign(hero, { kind: 'Rock' }), TypeError)
    })
  })

  it('hold lists and records of their own, which cannot be changed inside', async () => {
    await inWorld((world) => {
      const bag = [1, 2]
      const home = { x: 3 }
      const hero = world.spawn(Hero, { x: 1, y: 2, bag, home })
      bag.push(3)
      home.x = 9
      assert.deepEqual(hero.bag, [1, 2])
      assert.deepEqual(hero.home, { x: 3 })
      assert.throws(() => (hero.bag as number[]).push(4), TypeError)
      assert.throws(() => Object.assign(hero.home as object, { x: 4 }), TypeError)
      hero.bag = [...hero.bag, 4]
      assert.deepEqual(hero.bag, [1, 2, 4])
    })
  })

  it('can be read in the tick in which they died, and fail loudly later', async () => {
    let hero: Entity<typeof Hero> | undefined
    const { tick } = await inWorld((world) => {
      hero = world.spawn(Hero, { x: 1, y: 2, hp: 3 })
    })
    tick((world) => {
      assert.ok(hero)
      world.despawn(hero)
      world.despawn(hero)
      hero.hp = 2
      hero.x = 200
      assert.deepEqual([hero.hp, world.alive(hero), world.get(hero.id)], [2, false, undefined])
      assert.deepEqual(world.near(1, 2, 400), [])
      const other = world.spawn(Hero, { x: 0, y: 0, hp: 77 })
      assert.equal(hero.hp, 2, 'a new entity does not take over the place of a dead one at once')
      assert.notEqual(other.id, hero.id)
    })
    tick((world) => {
      assert.throws(() => hero?.hp, code('ENTITY_GONE'))
      assert.throws(() => hero?.x, code('ENTITY_GONE'))
      assert.throws(() => Object.assign(hero as object, { hp: 1 }), code('ENTITY_GONE'))
      assert.equal(hero !== undefined && world.alive(hero), false)
      assert.equal(JSON.stringify(hero), `{"id":${hero?.id},"kind":"Hero"}`)
    })
  })

  it('are refused as a whole where one value does not fit, or none more fit', async () => {
    await inWorld((world) => {
      const before = world.stats().entities
      assert.throws(() => world.spawn(Hero, { x: 0, y: 0, hp: -1 }), code('SCHEMA_INVALID'))
      assert.throws(() => world.spawn(Hero, { x: Number.NaN, y: 0 }), code('SCHEMA_INVALID'))
      assert.throws(() => world.spawn(Hero, { x: 0 } as never), code('SCHEMA_INVALID'))
      assert.throws(() => world.spawn(Hero, { x: 0, y: 0, z: 0 } as never), code('SCHEMA_INVALID'))
      assert.throws(
        () => world.spawn(entity({}) as typeof Rock, { x: 0, y: 0 }),
        code('ENTITY_KIND_UNKNOWN'),
      )
      assert.equal(world.stats().entities, before)
      world.spawn(Rock, { x: 0, y: 0 })
      world.spawn(Rock, { x: 0, y: 0 })
      assert.throws(() => world.spawn(Rock, { x: 0, y: 0 }), code('WORLD_FULL'))
    }, 2)
  })

  it('can be spawned and despawned while all are visited', async () => {
    await inWorld((world) => {
      for (let count = 0; count < 10; count += 1) world.spawn(Rock, { x: count, y: 0 })
      const visited: number[] = []
      for (const rock of world.all(Rock)) {
        visited.push(rock.id)
        world.spawn(Rock, { x: 0, y: 9 })
        for (const near of world.near(rock.x + 1, 0, 0.1)) world.despawn(near)
      }
      assert.deepEqual(visited, [1, 3, 5, 7, 9])
    })
  })
})

describe('near', () => {
  it('finds exactly who is within the radius, also in the middle of a step', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 1e9 }), async (seed) => {
        const random = seededRandom(seed)
        const all: AnyEntity<typeof kinds>[] = []
        const use = (world: Test) => {
          for (let change = 0; change < 100; change += 1) {
            const at = () => random.float() * 340 - 20
            const kind = random.float() < 0.5 ? Rock : Hero
            all.push(world.spawn(kind as typeof Rock, { x: at(), y: at() }))
            const one = all[random.u32() % all.length]
            if (one !== undefined && random.float() < 0.5) one.x = at()
            if (one !== undefined && random.float() < 0.2) {
              world.despawn(one)
              all.splice(all.indexOf(one), 1)
            }
            const [x, y, radius] = [at(), at(), random.float() ** 3 * 200]
            const expected = all
              .filter((other) => (other.x - x) ** 2 + (other.y - y) ** 2 <= radius ** 2)
              .map(({ id }) => id)
            const found = world.near(x, y, radius).map(({ id }) => id)
            const sort = (ids: number[]) => ids.sort((a, b) => a - b)
            assert.deepEqual(sort(found), sort(expected))
            const rocks = world.near(x, y, radius, Rock)
            assert.ok(rocks.every((rock) => rock.kind === 'Rock'))
            assert.equal(
              rocks.length,
              expected.filter((id) => world.get(id)?.kind === 'Rock').length,
            )
          }
          assert.deepEqual(world.near(Number.NaN, 0, 10), [])
          assert.deepEqual(world.near(0, 0, -1), [])
        }
        const { tick } = await inWorld(use)
        tick(use)
      }),
      { numRuns: 30 },
    )
  })

  it('is quick among ten thousand', async () => {
    await inWorld((world) => {
      const random = seededRandom(3)
      for (let count = 0; count < 10_000; count += 1) {
        world.spawn(Rock, { x: random.float() * 300, y: random.float() * 300 })
      }
      let found = 0
      for (let query = 0; query < 1000; query += 1) {
        found += world.near(random.float() * 300, random.float() * 300, 5).length
      }
      assert.ok(found > 5000 && found < 12_000, `${found}`)
    })
  })
})
