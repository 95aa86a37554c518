import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connect } from '../client/index.ts'
import {
  call,
  command,
  defineGame,
  defineRoom,
  defineService,
  defineWorld,
  entity,
  u32,
} from '../index.ts'
import { simClientOptions, startNodes } from './cluster.ts'
import { type SimNode, simWorld } from './index.ts'

const purseOf = (id: string) => ({ account: `player:${id}`, asset: 'gold' })

const shop = defineService({
  calls: {
    gift: call({ amount: u32 }, {}, async ({ ledger, caller }, { amount }) => {
      await ledger.transfer({ from: 'source:gifts', to: purseOf(caller.id), amount })
      return {}
    }),
    // Does not wait: it is answered only afterwards all the same.
    buy: call({ price: u32 }, {}, ({ ledger, caller }, { price }) => {
      ledger.transfer({ from: purseOf(caller.id), to: 'sink:shop', amount: price })
      return {}
    }),
    gold: call({}, { gold: u32 }, async ({ ledger, caller }) => {
      return { gold: await ledger.balance(`player:${caller.id}`, 'gold') }
    }),
  },
})

const table = defineRoom(
  { state: { pot: u32 } },
  {
    commands: {
      bet: command({ amount: u32 }, async (room, player, { amount }) => {
        await room.ledger.transfer({ from: purseOf(player.id), to: `table:${room.id}`, amount })
        room.state.pot += amount
      }),
    },
  },
)

const Walker = entity({ hp: u32 })
const field = defineWorld(
  {
    size: { width: 200, height: 200 },
    ...{ viewRadius: 40, tickHz: 10, entities: { Walker }, avatar: Walker },
    events: { found: { amount: u32 } },
  },
  {
    join: (world) => world.spawn(Walker, { x: 100, y: 100, hp: 1 }),
    commands: {
      // Once for each player, however often it is asked for.
      dig: command({ amount: u32 }, async (world, me, { amount }) => {
        const player = world.playerOf(me)
        if (player === undefined) return
        await world.ledger.transfer(
          { from: 'mint:field', to: purseOf(player.id), amount },
          { id: `treasure/${player.id}` },
        )
        world.tell(player, 'found', { amount })
      }),
    },
  },
)
const game = defineGame({ services: { shop }, rooms: { table }, worlds: { field } })

async function scene(seed: number) {
  const world = simWorld(seed)
  const [node] = (await startNodes(world, game, ['alpha'])) as [SimNode]
  const realm = await world.until(connect<typeof game>(node.url, simClientOptions(world, 'client')))
  const errors: string[] = []
  realm.onError(({ code }) => errors.push(code))
  const gold = async (): Promise<number> => {
    return (await world.until(realm.services.shop.gold({}))).gold
  }
  return { world, realm, errors, gold }
}

test('a service pays before it answers, or says why it cannot', async () => {
  const { world, realm, gold } = await scene(90)
  await world.until(realm.services.shop.gift({ amount: 10 }))
  await world.until(realm.services.shop.buy({ price: 7 }))
  assert.equal(await gold(), 3)
  await assert.rejects(world.until(realm.services.shop.buy({ price: 7 })), { code: 'LEDGER_FUNDS' })
  assert.equal(await gold(), 3)
})

test('a room takes bets, and tells who cannot pay', async () => {
  const { world, realm, errors, gold } = await scene(91)
  await world.until(realm.services.shop.gift({ amount: 10 }))
  const room = await world.until(realm.rooms.table.joinOrCreate())
  room.send.bet({ amount: 6 })
  await world.run(1000)
  assert.equal(room.state.pot, 6)
  assert.equal(await gold(), 4)
  room.send.bet({ amount: 6 })
  await world.run(1000)
  assert.deepEqual(errors, ['LEDGER_FUNDS'])
  assert.equal(room.state.pot, 6)
  assert.equal(await gold(), 4)
})

test('a world pays what must happen once under an id of its own', async () => {
  const { world, realm, errors, gold } = await scene(92)
  const plain = await world.until(realm.worlds.field.join())
  const found: number[] = []
  plain.on('found', ({ amount }) => found.push(amount))
  for (let times = 0; times < 3; times += 1) {
    plain.send.dig({ amount: 5 })
    await world.run(500)
  }
  assert.deepEqual(found, [5, 5, 5])
  assert.equal(await gold(), 5)
  assert.deepEqual(errors, [])
})
