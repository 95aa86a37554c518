import {
  call,
  command,
  defineActor,
  defineGame,
  defineRoom,
  defineService,
  defineWorld,
  entity,
  list,
  map,
  text,
  u32,
} from '../../index.ts'

const opsMax = 8_000
const key = text({ max: 64 })
const ringFailRate = 0.1
/** From then on after its time a reminder rings for sure, so that all of them have in the end. */
const ringFailMs = 5_000

/**
 * Keeps the number of every operation that it took, in order, so that what it kept can be compared
 * with what was asked for.
 */
const purse = defineActor(
  {
    state: { log: list(u32, { max: opsMax }), rung: list(u32, { max: opsMax }) },
    events: { logged: { op: u32, at: u32 } },
    reminders: { ring: { op: u32 } },
    watch: 'anyone',
  },
  {
    calls: {
      note: call({ op: u32 }, { at: u32 }, (self, { op }) => logged(self, op), { from: 'anyone' }),
      earn: call(
        { op: u32, amount: u32 },
        { at: u32 },
        (self, { op, amount }) => {
          self.ledger.transfer({ from: 'source:work', to: self.account('gold'), amount })
          return logged(self, op)
        },
        { from: 'anyone' },
      ),
      pay: call(
        { op: u32, to: key, amount: u32 },
        { at: u32 },
        (self, { op, to, amount }) => {
          self.ledger.transfer({ from: self.account('gold'), to: goldOf(to), amount })
          return logged(self, op)
        },
        { from: 'anyone' },
      ),
      /** Asked for again and again until it is answered: pays once for each name. */
      payOnce: call(
        { op: u32, to: key, amount: u32, name: key },
        { at: u32 },
        (self, { op, to, amount, name }) => {
          const id = `once/${self.key}/${name}`
          self.ledger.transfer({ from: self.account('gold'), to: goldOf(to), amount }, { id })
          return logged(self, op)
        },
        { from: 'anyone' },
      ),
      /** What the other one logs is kept even where this one then fails. */
      pass: call(
        { op: u32, to: key, passed: u32 },
        { at: u32 },
        async (self, { op, to, passed }) => {
          await self.actor(purse, to).take({ op: passed })
          return logged(self, op)
        },
        { from: 'anyone' },
      ),
      take: call({ op: u32 }, { at: u32 }, (self, { op }) => logged(self, op)),
      plan: call(
        { op: u32, inMs: u32 },
        { at: u32 },
        (self, { op, inMs }) => {
          self.remind('ring', { inMs, key: `${op}` }, { op })
          return logged(self, op)
        },
        { from: 'anyone' },
      ),
      crash: call(
        { op: u32 },
        { at: u32 },
        (self, { op }) => {
          self.ledger.transfer({ from: 'source:work', to: self.account('gold'), amount: 1_000 })
          logged(self, op)
          throw new Error('This handler always fails.')
        },
        { from: 'anyone' },
      ),
      look: call(
        {},
        { log: list(u32, { max: opsMax }), rung: list(u32, { max: opsMax }) },
        ({ state }) => ({ log: [...state.log], rung: [...state.rung] }),
        { from: 'anyone' },
      ),
    },
    reminders: {
      ring: (self, { op }, { lateMs }) => {
        const fails = lateMs < ringFailMs && self.random() < ringFailRate
        if (fails) throw new Error('This handler fails now and then.')
        self.state.rung.push(op)
        self.ledger.transfer({ from: 'source:bell', to: bellOf(op), asset: 'bell', amount: 1 })
      },
    },
  },
)

function logged(
  self: {
    state: { log: number[] }
    emit(event: 'logged', payload: { op: number; at: number }): void
  },
  op: number,
): { at: number } {
  const at = self.state.log.push(op)
  self.emit('logged', { op, at })
  return { at }
}

export function accountOf(purseKey: string): string {
  return `actor/purse/${purseKey}`
}

const bellPrefix = 'sink:bell-'

/** Who gets something when a reminder rings, so that the books tell when that was. */
function bellOf(op: number): string {
  return `${bellPrefix}${op}`
}

export function opOfBell(account: string): number | undefined {
  return account.startsWith(bellPrefix) ? Number(account.slice(bellPrefix.length)) : undefined
}

function goldOf(purseKey: string): { account: string; asset: string } {
  return { account: accountOf(purseKey), asset: 'gold' }
}

/** Says to everybody at the table, once, what each of them says. */
const table = defineRoom(
  { state: { said: map(u32) }, events: { said: { by: key, n: u32 } }, maxPlayers: 4, syncHz: 4 },
  {
    join: (room, player) => {
      if (!room.state.said.has(player.id)) room.state.said.set(player.id, 0)
    },
    leave: (room, player) => {
      room.state.said.delete(player.id)
    },
    commands: {
      /** A player may be there with several devices, each of which counts for itself. */
      say: command({ by: key, n: u32 }, (room, player, { by, n }) => {
        room.state.said.set(player.id, n)
        room.emit('said', { by, n })
      }),
      /** Tells nobody anything but who has sent it. */
      stumble: command({}, () => {
        throw new Error('This handler always fails.')
      }),
    },
  },
)

const Walker = entity({ steps: u32 })
const field = defineWorld(
  {
    size: { width: 200, height: 200 },
    ...{ viewRadius: 100, tickHz: 2, entities: { Walker }, avatar: Walker },
  },
  {
    join: (world) => world.spawn(Walker, { x: 100, y: 100, steps: 0 }),
    commands: {
      walk: command({ n: u32 }, (_world, me, { n }) => {
        me.x = 50 + ((n * 7) % 100)
        me.steps = n
      }),
      stumble: command({}, () => {
        throw new Error('This handler always fails.')
      }),
    },
  },
)

/** Stands before all others, so that every number is another one. */
const newcomer = defineActor({ state: { gold: u32 } }, { calls: {} })

const echo = defineService({
  calls: { say: call({ n: u32 }, { n: u32 }, (_self, { n }) => ({ n }), { from: 'anyone' }) },
})

/** The game that is played under simulation. */
export const game = defineGame({
  services: { echo },
  actors: { purse },
  rooms: { table },
  worlds: { field },
})
/** What a roll-out brings: the same, with one block more. */
export const nextGame = defineGame({
  services: { echo },
  actors: { newcomer, purse },
  rooms: { table },
  worlds: { field },
})
