import { RealmError } from '../errors/index.ts'

/** Audiences one player may belong to, besides its own. */
const audiencesMax = 64
/** Before the player's id in the name of its own audience; no game can give such a name. */
const privateMark = '@'

interface Named {
  readonly number: number
  /** Players in it that gates were told of, and layers for it. */
  uses: number
}

/** The audience that is the player alone. */
export function privateAudience(player: string): string {
  return privateMark + player
}

/** @throws RealmError `SCHEMA_INVALID` for what is no name of an audience */
export function checkAudience(name: unknown): string {
  if (typeof name === 'string' && /^(@[\w-]{1,64}|[\w-]{1,64})$/.test(name)) return name
  const shown = String(name).slice(0, 80)
  throw new RealmError(
    'SCHEMA_INVALID',
    `An audience has a name of 1 to 64 letters, digits, _ and -, unlike ${shown}.`,
  )
}

/**
 * Who belongs to which audiences of a world. To gates an audience is a number, 0 everyone; a number
 * is never used again, so that nobody is taken for a member of what came after.
 */
export class Audiences {
  readonly #named = new Map<string, Named>()
  readonly #ofPlayer = new Map<string, readonly string[]>()
  /** What gates were told, by player: those names are in use. */
  readonly #told = new Map<string, readonly string[]>()
  #next = 1

  /** The names a game has given the player, without its own. */
  of(player: string): readonly string[] {
    return this.#ofPlayer.get(player) ?? []
  }

  has(player: string, name: string): boolean {
    return name === privateAudience(player) || this.of(player).includes(name)
  }

  /** @throws RealmError `SCHEMA_INVALID` for names that are none, or too many */
  set(player: string, names: readonly string[]): void {
    const list = [...new Set(names)]
    for (const name of list) {
      if (checkAudience(name).startsWith(privateMark)) {
        throw new RealmError('SCHEMA_INVALID', 'The audience of one player takes no others.')
      }
    }
    if (list.length > audiencesMax) {
      throw new RealmError(
        'SCHEMA_INVALID',
        `A player belongs to ${audiencesMax} audiences at most.`,
      )
    }
    if (list.length === 0) this.#ofPlayer.delete(player)
    else this.#ofPlayer.set(player, list)
  }

  /** All the player belongs to, as gates are told. */
  tell(player: string): number[] {
    const names = [privateAudience(player), ...this.of(player)]
    const numbers = names.map((name) => this.hold(name))
    for (const name of this.#told.get(player) ?? []) this.release(name)
    this.#told.set(player, names)
    return numbers
  }

  /** The player is no longer here. */
  forget(player: string): void {
    this.#ofPlayer.delete(player)
    for (const name of this.#told.get(player) ?? []) this.release(name)
    this.#told.delete(player)
  }

  /** Uses the name. @returns its number */
  hold(name: string): number {
    let named = this.#named.get(name)
    if (named === undefined) {
      named = { number: this.#next++, uses: 0 }
      this.#named.set(name, named)
    }
    named.uses += 1
    return named.number
  }

  release(name: string): void {
    const named = this.#named.get(name)
    if (named === undefined) return
    named.uses -= 1
    if (named.uses === 0) this.#named.delete(name)
  }
}
