import {
  call,
  command,
  defineActor,
  defineGame,
  defineRoom,
  defineWorld,
  entity,
  map,
  record,
  refuse,
  text,
  u32,
} from '../../src/index.ts'

/** What the ledger calls the account of a player's worker. */
export const accountOf = (player: string): string => `actor/worker/${player}`
export const SOURCE = 'source:drill'
export const ASSET = 'gold'

/** A number whose bits are as if drawn, so that no few of them cancel out under XOR. */
export function mixed(n: number): number {
  let bits = Math.imul(n ^ (n >>> 16), 0x45d9f3b)
  bits = Math.imul(bits ^ (bits >>> 16), 0x45d9f3b)
  return (bits ^ (bits >>> 16)) >>> 0
}

/**
 * A durable counter of its player. It must say the same as the ledger of who worked when, and so
 * shows whether a call was lost, or acted twice, in either.
 */
const worker = defineActor(
  { state: { worked: u32, mix: u32 } },
  {
    calls: {
      /** Each work has its `n`; two are paid for it, of which one goes on to somebody else. */
      work: call(
        { n: u32, to: text({ max: 64 }) },
        { worked: u32 },
        (self, { n, to }) => {
          const account = self.account()
          const wage = { from: SOURCE, to: account, asset: ASSET, amount: 2 }
          const gift = { from: account, to: accountOf(to), asset: ASSET, amount: 1 }
          self.ledger.transfer([wage, gift], { memo: `${self.key}:${n}` })
          self.state.worked += 1
          self.state.mix = (self.state.mix ^ mixed(n)) >>> 0
          return { worked: self.state.worked }
        },
        { from: 'anyone' },
      ),
      look: call(
        {},
        { worked: u32, mix: u32 },
        ({ state }) => ({ worked: state.worked, mix: state.mix }),
        { from: 'anyone' },
      ),
    },
  },
)

const Beat = record({ n: u32 })

const hall = defineRoom(
  { state: { beats: map(Beat) }, emptyMs: 60_000, maxPlayers: 1_000 },
  {
    join: (room, player) => {
      room.state.beats.set(player.id, { n: 0 })
    },
    leave: (room, player) => {
      room.state.beats.delete(player.id)
    },
    commands: {
      beat: command({ n: u32 }, (room, player, { n }) => {
        const own = room.state.beats.get(player.id)
        if (own) own.n = n
      }),
    },
  },
)

const Walker = entity({ n: u32 })

const field = defineWorld(
  {
    size: { width: 256, height: 256 },
    viewRadius: 60,
    tickHz: 20,
    entities: { Walker },
    avatar: Walker,
  },
  {
    join: (world) => world.spawn(Walker, { x: 100, y: 100, n: 0 }),
    commands: {
      beat: command({ n: u32 }, (_world, me, { n }) => {
        me.n = n
      }),
    },
  },
)

/** What players of benches and drills do in a cluster. Who they are they say themselves. */
const game = defineGame({
  actors: { worker },
  rooms: { hall },
  worlds: { field },
  login: (_scope, credentials) => {
    if (typeof credentials !== 'string') throw refuse('who are you?')
    return { id: credentials, name: credentials.slice(0, 24) }
  },
})

export default game
