import type { Realm } from './types.ts'

/** One simulated player, over a real socket. */
export interface Bot<G> {
  readonly realm: Realm<G>
  /** 0 … count − 1. */
  readonly index: number
  /** Uniform, 0 ≤ x < 1; the same sequence for the same index at every run. */
  random(): number
  /** Calls `run` every `ms`, first after a random part of it, until the bot ends. */
  every(ms: number, run: () => void): void
}

/**
 * What `realmkit bots --script FILE` runs for each bot: the default export of the file.
 *
 *     export default (async ({ realm, random, every }) => { … }) satisfies BotScript<typeof game>
 */
export type BotScript<G> = (bot: Bot<G>) => void | Promise<void>
