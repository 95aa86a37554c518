import { RealmError } from '../errors/index.ts'
import { type Announcement, allRoles, type Member, noLoads, type Role } from './member.ts'
import type { Address, Ownership } from './node.ts'
import { placeRuleOf } from './placement.ts'

const versionUnitsMax = 64
const urlUnitsMax = 256

/** What this node tells of itself, and what it owns. */
export class Own {
  readonly #owned = new Set<Address>()
  /** How many of them are for each role. */
  readonly #counts = { ...noLoads }
  readonly #measures = new Map<Role, () => number>()
  #member: Member

  constructor(
    identity: Pick<Member, 'id' | 'incarnation' | 'publicKey' | 'process'>,
    roles: readonly Role[] | undefined,
    version: string | undefined,
  ) {
    const distinct =
      roles === undefined ? allRoles : allRoles.filter((role) => roles.includes(role))
    const told = { roles: distinct, version: '', url: '', loads: noLoads, draining: false }
    this.#member = { ...identity, ...told }
    this.announce({ version: version ?? '' })
  }

  get member(): Member {
    return this.#member
  }

  /** @throws RealmError `SCHEMA_LIMIT` */
  announce(told: Partial<Pick<Announcement, 'version' | 'url'>>): void {
    const member = { ...this.#member, ...told }
    if (member.version.length > versionUnitsMax || member.url.length > urlUnitsMax) {
      throw new RealmError('SCHEMA_LIMIT', 'The version or the URL of a node is too long.')
    }
    this.#member = member
  }

  drain(): void {
    this.#member = { ...this.#member, draining: true }
  }

  measure(role: Role, load: () => number): void {
    this.#measures.set(role, load)
  }

  /** Counts its loads anew. */
  refresh(): void {
    const loads = { ...this.#counts }
    for (const [role, load] of this.#measures) loads[role] = measured(load)
    this.#member = { ...this.#member, loads }
  }

  took({ address }: Ownership): void {
    if (this.#owned.has(address)) return
    this.#owned.add(address)
    this.#counts[placeRuleOf(address).role] += 1
  }

  gave({ address }: Ownership): void {
    if (this.#owned.delete(address)) this.#counts[placeRuleOf(address).role] -= 1
  }
}

/** The lease must be renewed, whatever becomes of a measurement. */
function measured(load: () => number): number {
  try {
    const value = load()
    return Number.isFinite(value) ? value : 0
  } catch {
    return 0
  }
}
