// A whole game server: people on a plaza see each other walk.
import { command, defineGame, defineRoom, f32, map, record, text } from 'realmkit'

const Avatar = record({ x: f32, y: f32, name: text({ max: 24 }) })

const plaza = defineRoom(
  { state: { avatars: map(Avatar) } },
  {
    join: (room, player) => {
      room.state.avatars.set(player.id, { x: 0, y: 0, name: player.name })
    },
    leave: (room, player) => {
      room.state.avatars.delete(player.id)
    },
    commands: {
      walk: command({ dx: f32, dy: f32 }, (room, player, { dx, dy }) => {
        const me = room.state.avatars.get(player.id)
        if (me) Object.assign(me, { x: me.x + dx, y: me.y + dy })
      }),
    },
  },
)

export default defineGame({ rooms: { plaza }, web: new URL('./web/', import.meta.url) })
