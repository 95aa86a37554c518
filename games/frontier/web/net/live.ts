import { connect, type NetworkConditions, type Realm } from 'realmkit/client'
import type game from '../../game.ts'
import { angleOf } from '../shared/rules.ts'
import { walkAll } from '../shared/walk.ts'
import type { Feed, FeedEvents, FrontierWorld, Hero } from './feed.ts'
import { emulationOf } from './network.ts'

/** How long to wait before the world is entered again after it was lost, in ms. */
const rejoinMs = 1000

/** Who comes, and through which network. */
export interface Visitor {
  readonly name: string
  readonly look: number
  readonly network: NetworkConditions | undefined
}

/** Joins the frontier. Resolves once the player stands in it. */
export async function enterFrontier(visitor: Visitor, events: FeedEvents): Promise<Feed> {
  const { name, look, network } = visitor
  const options = { guest: name, ...emulationOf(network) }
  const realm = await connect<typeof game>(location.origin, options)
  const [joined, hero] = await Promise.all([join(realm, look, events), watchHero(realm)])
  let place = joined
  let away = false
  const report = () => {
    if (realm.status === 'closed') events.status('closed')
    else events.status(away ? 'reconnecting' : realm.status)
  }
  realm.onStatus(report)
  realm.onError((error) => console.info(`frontier: ${error.code}`))

  // Sessions may end while this page was asleep; the hero is stored, so the player just walks
  // in again.
  const rejoin = async (): Promise<void> => {
    away = true
    report()
    while (away && realm.status !== 'closed') {
      try {
        place = await join(realm, look, events)
        place.world.onLeft(() => void rejoin())
        away = false
      } catch {
        await new Promise((resolve) => setTimeout(resolve, rejoinMs))
      }
    }
    report()
  }
  place.world.onLeft(() => void rejoin())

  return {
    get me() {
      return place.world.me
    },
    link: {
      get pingMs() {
        return realm.ping
      },
      get delayMs() {
        return place.world.delayMs
      },
      get pace() {
        return place.world.pace
      },
      get errorMetres() {
        return place.walker.error
      },
      get pending() {
        return place.walker.pending
      },
      get feel() {
        return place.world.feel
      },
    },
    playerId: realm.player.id,
    hero,
    view: (nowMs) => place.world.view(nowMs),
    get: (id) => place.world.entities.get(id),
    walk: (direction) => place.walker.send({ direction, steps: 1 }),
    strike: (facing) => place.world.send.strike({ facing }),
    drink: () => place.world.send.drink({}),
    say: (text) => place.world.send.say({ text }),
  }
}

type Walker = ReturnType<FrontierWorld['predict']>

interface Place {
  readonly world: FrontierWorld
  readonly walker: Walker
}

async function join(realm: Realm<typeof game>, look: number, events: FeedEvents): Promise<Place> {
  const world = await realm.worlds.frontier.join({}, { look, nick: '' })
  const walker = world.predict({
    command: 'walk',
    smoothMs: 140,
    apply: (state, walk) => {
      if (state.hp === 0) return
      state.facing = angleOf(walk.direction)
      walkAll(state, walk)
    },
  })
  world.onError((error) => console.info(`frontier: ${error.code}`))
  world.on('said', ({ who, text }) => events.said(who, text))
  world.on('looted', ({ item, amount }) => events.looted(item, amount))
  world.on('drank', ({ healed }) => events.drank(healed))
  world.on('levelled', ({ level }) => events.levelled(level))
  return { world, walker }
}

async function watchHero(realm: Realm<typeof game>): Promise<Hero> {
  const { state } = await realm.actors.hero.watch()
  return {
    get gold() {
      return state.gold
    },
    get xp() {
      return state.xp
    },
    get level() {
      return state.level
    },
    get kills() {
      return state.kills
    },
    get weapon() {
      return state.weapon
    },
    count: (item) => state.items.get(item) ?? 0,
  }
}
