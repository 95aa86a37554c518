import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  command,
  defineGame,
  defineRoom,
  map,
  ownOnly,
  record,
  serverOnly,
  text,
  u8,
  u16,
} from '../index.ts'
import { scene } from './test-kit/scene.ts'

const Hand = record({
  count: u8,
  cards: ownOnly(text({ max: 60 })),
  trick: serverOnly(text({ max: 60 })),
})
const cards = defineRoom(
  {
    state: { turn: u16, deck: serverOnly(text({ max: 60 })), hands: map(Hand) },
    events: { dealt: { turn: u16 } },
  },
  {
    create: (room) => {
      room.state.deck = 'DECK-of-the-room'
    },
    join: (room, player) => {
      const { name } = player
      room.state.hands.set(player.id, {
        count: 1,
        cards: `CARDS-${name}-0`,
        trick: `TRICK-${name}`,
      })
    },
    leave: (room, player) => {
      room.state.hands.delete(player.id)
    },
    commands: {
      deal: command({}, (room) => {
        room.state.turn += 1
        room.state.deck = `DECK-${room.state.turn}`
        for (const [id, hand] of room.state.hands) {
          hand.cards = `CARDS-${room.players.get(id)?.name}-${room.state.turn}`
          hand.count += 1
        }
        room.emit('dealt', { turn: room.state.turn })
      }),
      swap: command({}, (room, player) => {
        const { name } = player
        room.state.hands.set(player.id, {
          count: 9,
          cards: `CARDS-${name}-new`,
          trick: `TRICK-${name}`,
        })
      }),
    },
  },
)
const game = defineGame({ rooms: { cards } })

test("not one byte about another's hidden field reaches a client, whatever happens", async () => {
  const { world, enter, restart } = await scene('hidden', game)
  const sit = async (name: string) => {
    const player = await enter(name)
    return { ...player, room: await world.until(player.realm.rooms.cards.joinOrCreate()) }
  }
  const names = ['Ada', 'Bob', 'Cleo']
  const players: (Awaited<ReturnType<typeof sit>> & { name: string })[] = []
  for (const name of names) {
    players.push({ name, ...(await sit(name)) })
  }
  const [ada, bob] = players
  assert.ok(ada && bob)

  /** Nothing of others or of the server has ever come; one's own is up to date. */
  function assertHidden(own: string): void {
    for (const { name, id, received, room } of players) {
      const bytes = received().toString('latin1')
      const others = names.filter((other) => other !== name)
      for (const word of ['DECK-', 'TRICK-', ...others.map((other) => `CARDS-${other}`)]) {
        assert.ok(!bytes.includes(word), `${name} was sent ${word}`)
      }
      assert.ok(bytes.includes(`CARDS-${name}-${own}`), `${name} was not sent the own cards`)
      assert.equal((room.state.hands.get(id) as { cards?: string }).cards, `CARDS-${name}-${own}`)
      assert.equal(room.state.hands.size, players.length)
    }
  }

  await world.run(500)
  assertHidden('0')
  ada.room.send.deal({})
  await world.run(500)
  assertHidden('1')
  // A connection that is lost and resumed, and one that comes back to a full state.
  bob.drop()
  ada.room.send.deal({})
  await world.run(5_000)
  assertHidden('2')
  for (const { room } of players) room.send.swap({})
  await world.run(500)
  assertHidden('new')
  await world.run(1_500)
  await restart()
  await world.run(15_000)
  assertHidden('new')
  ada.room.send.deal({})
  await world.run(500)
  assertHidden('3')
  const seen = ada.room.state.hands.get(bob.id) as { count: number; cards?: string }
  assert.equal(seen.count, 10)
  assert.notEqual(seen.cards, 'CARDS-Bob-3')
})
