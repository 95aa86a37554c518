import { describe, it } from 'node:test'
import type { Fields, InferFields } from '../schema/index.ts'
import { map, text, u16, u32 } from '../schema/index.ts'
import type { Player } from './behaviour.ts'
import { call } from './call.ts'
import { type Command, command } from './command.ts'
import { defineActor } from './define-actor.ts'
import { defineService } from './define-service.ts'
import { defineGame } from './game.ts'
import type { GameScope } from './scope.ts'

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
function same<_T extends true>(): void {}

const hero = defineActor(
  {
    state: { level: u16, title: text({ max: 40 }), bag: map(u16) },
    events: { grew: { level: u16 } },
    watch: 'owner',
  },
  {
    start: (self) => {
      self.state.level = 1
    },
    calls: {
      levelUp: call({ cost: u32 }, { level: u16 }, (self, { cost }) => {
        same<Equal<typeof cost, number>>()
        self.state.level += cost
        self.emit('grew', { level: self.state.level })
        // @ts-expect-error: the event is named `grew`.
        self.emit('grow', { level: 1 })
        // @ts-expect-error: `level` is a number.
        self.emit('grew', { level: 'one' })
        // @ts-expect-error: the field is named `level`.
        self.state.levle = 1
        return { level: self.state.level }
      }),
      rename: call(
        { title: text({ max: 40 }) },
        {},
        (self, { title }) => {
          self.state.title = title
          return {}
        },
        { from: 'owner' },
      ),
      // @ts-expect-error: the answer must be `{ level: number }`.
      wrong: call({}, { level: u16 }, () => ({ level: 'one' })),
      slow: call({}, { level: u16 }, async (self) => ({ level: self.state.level }), {
        from: 'anyone',
      }),
    },
  },
)
const secret = defineActor({ state: {} }, { calls: {} })
/** Of the shortest form: no events, nobody watches. */
const plain = defineActor(
  { state: { n: u16 } },
  {
    calls: {
      next: call({}, { n: u16 }, (self) => {
        same<Equal<typeof self.state.n, number>>()
        // @ts-expect-error: it declares no events.
        self.emit('any', {})
        self.state.n += 1
        return { n: self.state.n }
      }),
    },
  },
)
const shop = defineService({
  calls: {
    buy: call({ id: u16 }, { left: u32 }, async (ctx, { id }) => {
      same<Equal<typeof ctx.caller, Player>>()
      const { level } = await ctx.actor(hero, ctx.caller.id).levelUp({ cost: id })
      same<Equal<typeof level, number>>()
      return { left: level }
    }),
    hidden: call({}, {}, () => ({}), { from: 'server' }),
  },
})
const game = defineGame({ name: 'x', services: { shop }, actors: { hero, secret } })
type Face = NonNullable<(typeof game)['~face']>

interface Self {
  readonly beep: 1
}
function takes<F extends Record<string, Command<Self, Player, Fields>>>(commands: F): F {
  return commands
}

function never(scope: GameScope): void {
  void scope.actor(plain, 'ada').next({})
  void scope.actor(hero, 'ada').levelUp({ cost: 1 })
  // @ts-expect-error: the call is named `levelUp`.
  void scope.actor(hero, 'ada').levelup({ cost: 1 })
  // @ts-expect-error: `cost` is a number.
  void scope.actor(hero, 'ada').levelUp({ cost: '1' })
  // @ts-expect-error: `cost` is missing.
  void scope.actor(hero, 'ada').levelUp({})
  // @ts-expect-error: a service has no handle.
  void scope.actor(shop, 'ada').buy({ id: 1 })
  // @ts-expect-error: there is no such access.
  call({}, {}, () => ({}), { from: 'nobody' })
}

describe('types of definitions', () => {
  it('infer handlers, handles and the face of the game', () => {
    same<Equal<keyof Face['actors']['hero']['calls'], 'rename' | 'slow'>>()
    same<Equal<Face['actors']['hero']['calls']['rename']['input'], { title: string }>>()
    same<Equal<Face['actors']['hero']['state']['level'], number>>()
    same<Equal<Face['actors']['hero']['events']['grew'], { level: number }>>()
    same<Equal<Face['actors']['secret']['state'], never>>()
    same<Equal<keyof Face['services']['shop']['calls'], 'buy'>>()
    same<Equal<keyof Face['rooms'], never>>()
    const commands = takes({
      walk: command(
        { dx: u16 },
        (self, player, { dx }) => {
          same<Equal<typeof self, Self>>()
          same<Equal<typeof player, Player>>()
          same<Equal<typeof dx, number>>()
        },
        { reliable: false },
      ),
    })
    same<Equal<InferFields<(typeof commands)['walk']['input']>, { dx: number }>>()
    void never
  })
})
