// A frontier village, the wild around it, and everyone in it together.
import { angle, command, defineGame, defineWorld, text, u8, u16 } from 'realmkit'
import { strike } from './combat.ts'
import { events, kinds, Player } from './entities.ts'
import { hero } from './hero.ts'
import { rememberLoot, stepLoot } from './loot.ts'
import { runSettled } from './minds.ts'
import { populate, stepMonsters } from './monsters.ts'
import { arrive, depart, drink, say, stepPlayers, walk } from './players.ts'
import { rewindMs, sayCharsMax, tickHz, viewRadius, worldEdge } from './web/shared/rules.ts'

const frontier = defineWorld(
  {
    size: { width: worldEdge, height: worldEdge },
    viewRadius,
    tickHz,
    rewindMs,
    entities: kinds,
    avatar: Player,
    events,
    options: {
      look: u16,
      /** What others shall call the player; the name of the account where it is empty. */
      nick: text({ max: 16 }),
    },
  },
  {
    create: populate,
    restore: (world) => {
      rememberLoot(world)
      populate(world)
    },
    join: (world, player, { look, nick }) => arrive(world, player, look, nick),
    leave: depart,
    step: (world) => {
      runSettled(world)
      stepPlayers(world)
      stepMonsters(world)
      stepLoot(world)
    },
    commands: {
      walk: command({ direction: u8, steps: u8 }, walk, { reliable: false }),
      strike: command({ facing: angle(8) }, (world, me, { facing }) => strike(world, me, facing)),
      drink: command({}, drink),
      say: command({ text: text({ max: sayCharsMax }) }, (world, me, { text }) => {
        say(world, me, text)
      }),
    },
  },
)

export default defineGame({
  name: 'frontier',
  actors: { hero },
  worlds: { frontier },
  web: { folder: new URL('./web/', import.meta.url), packages: ['pixi.js'] },
})
