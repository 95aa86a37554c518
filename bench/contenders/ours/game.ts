import {
  angle,
  command,
  defineGame,
  defineWorld,
  entity,
  f64,
  i16,
  refuse,
  u16,
} from '../../../src/index.ts'
import { QUANTA_PER_METRE, type Scene, TICK_HZ, VIEW_RADIUS_METRES } from '../../scene.ts'

const DIRECTIONS = 256
const FULL_TURN = 2 * Math.PI

/** What a client may know of an avatar besides its place. Its number is sent once. */
const Avatar = entity({ facing: angle(8), number: u16 })

/** The scene as a game written with the public API. */
export function sceneGame(scene: Scene) {
  const side = scene.side / QUANTA_PER_METRE
  const x = (avatar: number) => (scene.x[avatar] ?? 0) / QUANTA_PER_METRE
  const y = (avatar: number) => (scene.y[avatar] ?? 0) / QUANTA_PER_METRE
  const facing = (avatar: number) => ((scene.facing[avatar] ?? 0) / DIRECTIONS) * FULL_TURN
  const plaza = defineWorld(
    {
      size: { width: side, height: side },
      viewRadius: VIEW_RADIUS_METRES,
      precision: 1 / QUANTA_PER_METRE,
      tickHz: TICK_HZ,
      entities: { Avatar },
      avatar: Avatar,
    },
    {
      join: (world, player) => {
        const number = Number(player.id)
        return world.spawn(Avatar, { x: x(number), y: y(number), facing: facing(number), number })
      },
      step: (world) => {
        scene.step()
        for (const avatar of world.all(Avatar)) {
          const { number } = avatar
          avatar.x = x(number)
          avatar.y = y(number)
          avatar.facing = facing(number)
        }
      },
      commands: {
        // Only `turn` does anything; the rest is what else movement commands carry.
        turn: command(
          { turn: i16, time: f64, aim: u16 },
          (_world, me, { turn }) => scene.turn(me.number, turn),
          { reliable: false },
        ),
      },
    },
  )
  return defineGame({
    name: 'fanout',
    worlds: { plaza },
    login: (_scope, credentials) => {
      const { avatar } = Object(credentials) as { readonly avatar?: unknown }
      if (!Number.isInteger(avatar) || !((avatar as number) < scene.avatars)) throw refuse('who?')
      return { id: String(avatar), name: `Avatar ${avatar}` }
    },
  })
}

export type SceneGame = ReturnType<typeof sceneGame>

/** A direction as it was decoded, in 1/256 of a turn. */
export function directionOf(radians: number): number {
  return Math.round((radians / FULL_TURN) * DIRECTIONS) % DIRECTIONS
}
