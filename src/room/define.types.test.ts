import { command } from '../actor/index.ts'
import { f32, map, record, text, u8 } from '../schema/index.ts'
import { defineRoom } from './index.ts'

// Checked by the compiler only: what a room's shape says reaches its handlers, also where parts are
// left out.

const Avatar = record({ x: f32, name: text({ max: 24 }) })

export const plain = defineRoom(
  { state: { avatars: map(Avatar) } },
  {
    commands: {
      walk: command({ dx: f32 }, (room, player, { dx }) => {
        const me = room.state.avatars.get(player.id)
        if (me) me.x += dx
        // @ts-expect-error no such field
        me?.y
        // @ts-expect-error no events were declared
        room.emit('moved', { dx })
      }),
    },
  },
)

export const full = defineRoom(
  { state: { n: f32 }, events: { moved: { by: f32 } }, options: { team: u8 } },
  {
    join: (room, player, { team }) => {
      room.state.n = team
      // @ts-expect-error a misspelt state field
      room.state.m = 1
      room.emit('moved', { by: 1 }, player)
    },
    commands: {
      walk: command({ dx: f32 }, (room, _player, { dx }) => {
        room.emit('moved', { by: dx })
        // @ts-expect-error a wrong type
        room.emit('moved', { by: 'far' })
        // @ts-expect-error no such event
        room.emit('flown', { by: 1 })
      }),
    },
  },
)

export const timed = defineRoom(
  { state: { n: f32 }, timers: { over: { by: f32 } } },
  {
    join: (room) => {
      room.schedule('over', 100, { by: 1 })
      // @ts-expect-error a wrong type
      room.schedule('over', 100, { by: 'far' })
      // @ts-expect-error no such timer
      room.unschedule('ever')
    },
    timers: {
      over: (room, { by }) => {
        room.state.n += by
      },
    },
  },
)

export const silent = () =>
  // @ts-expect-error a timer without a handler
  defineRoom({ state: {}, timers: { over: {} } }, { timers: {} })
