import { call, defineActor, map, refuse, u8, u16, u32 } from 'realmkit'
import {
  firstWeaponItem,
  goldItem,
  items,
  levelOfXp,
  potionItem,
  weapons,
} from './web/shared/rules.ts'

const goldMax = 1_000_000_000
const xpMax = 1_000_000_000
const stackMax = 9_999

/**
 * What a player owns and has become, by player id. A call returns once its changes are stored,
 * so whoever is told of
 * loot afterwards never loses it.
 */
export const hero = defineActor(
  {
    watch: 'owner',
    state: {
      gold: u32,
      xp: u32,
      level: u16,
      kills: u32,
      /** Number of the best weapon found. */
      weapon: u8,
      /** How many of each thing, by the item's key. */
      items: map(u16, { max: 32, keyMax: 16 }),
    },
  },
  {
    start: ({ state }) => {
      if (state.level > 0) return
      state.level = 1
      state.items.set('potion', 2)
    },
    calls: {
      arrive: call({}, { level: u16, weapon: u8 }, ({ state }) => {
        return { level: state.level, weapon: state.weapon }
      }),

      loot: call({ item: u8, amount: u16 }, { weapon: u8 }, ({ state }, { item, amount }) => {
        const thing = items[item]
        if (thing === undefined) throw refuse('There is no such thing.')
        if (item === goldItem) {
          state.gold = Math.min(goldMax, state.gold + amount)
        } else {
          const had = state.items.get(thing.key) ?? 0
          state.items.set(thing.key, Math.min(stackMax, had + amount))
        }
        const weapon = item - firstWeaponItem + 1
        if (weapon > state.weapon && weapon < weapons.length) state.weapon = weapon
        return { weapon: state.weapon }
      }),

      reward: call({ xp: u32, kills: u16 }, { level: u16 }, ({ state }, { xp, kills }) => {
        state.xp = Math.min(xpMax, state.xp + xp)
        state.kills += kills
        state.level = levelOfXp(state.xp)
        return { level: state.level }
      }),

      drink: call({}, { left: u16 }, ({ state }) => {
        const { key } = items[potionItem] as { key: string }
        const left = (state.items.get(key) ?? 0) - 1
        if (left < 0) throw refuse('You have no potion.')
        if (left === 0) state.items.delete(key)
        else state.items.set(key, left)
        return { left }
      }),
    },
  },
)
