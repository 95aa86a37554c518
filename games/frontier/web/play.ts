import type { Being, Feed, PlayerBeing } from './net/feed.ts'
import type { Stage } from './scene/stage.ts'
import { angleOf, species, strikeCooldownTicks, tickSeconds, weapons } from './shared/rules.ts'
import type { Controls } from './ui/controls.ts'

/** Steps made up for after a slow frame; what is missed beyond is not walked. */
const stepsMax = 3
const cooldownMs = strikeCooldownTicks * tickSeconds * 1000
/** A nearest monster within this much more than the weapon's reach is turned to. */
const eyesight = 2.5

/** Turns what the player wants into commands, at the pace of the world's ticks. */
export class Play {
  #owed = 0
  #struckAt = 0
  #facing = 0

  /** Who the player is now, as drawn; undefined while there is nobody. */
  static me(feed: Feed, beings: readonly Being[]): PlayerBeing | undefined {
    const me = beings.find(({ id }) => id === feed.me)
    return me?.kind === 'Player' ? me : undefined
  }

  update(
    feed: Feed,
    stage: Stage,
    controls: Controls,
    beings: readonly Being[],
    nowMs: number,
    seconds: number,
  ): void {
    const me = Play.me(feed, beings)
    if (me === undefined || me.fields.hp === 0) return
    // Where the world's time is slowed, its people are.
    this.#walk(feed, controls.direction, seconds * feed.link.pace)
    if (!controls.striking || nowMs - this.#struckAt < cooldownMs) return
    this.#struckAt = nowMs
    const facing = controls.aim ?? this.#towardsNearest(me, beings)
    feed.strike(facing)
    stage.cast.strike(feed, facing)
  }

  #walk(feed: Feed, direction: number | undefined, seconds: number): void {
    if (direction === undefined) {
      // The first step is taken at once.
      this.#owed = tickSeconds
      return
    }
    this.#facing = angleOf(direction)
    this.#owed = Math.min(this.#owed + seconds, tickSeconds * stepsMax)
    while (this.#owed >= tickSeconds) {
      this.#owed -= tickSeconds
      feed.walk(direction)
    }
  }

  #towardsNearest(me: PlayerBeing, beings: readonly Being[]): number {
    let least = (weapons[me.fields.weapon]?.reach ?? 2) + eyesight
    let facing = this.#facing
    for (const being of beings) {
      if (being.kind !== 'Monster' || being.fields.hp === 0) continue
      const radius = species[being.fields.species]?.radius ?? 0
      const distance = Math.hypot(being.x - me.x, being.y - me.y) - radius
      if (distance >= least) continue
      least = distance
      facing = Math.atan2(being.y - me.y, being.x - me.x)
    }
    this.#facing = facing
    return facing
  }
}
