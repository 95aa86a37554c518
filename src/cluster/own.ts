import { RealmError } from '../errors/index.ts'
import { type Announcement, allRoles, type Member, type Role } from './member.ts'
import type { Address, Ownership } from './node.ts'

const versionUnitsMax = 64
const urlUnitsMax = 256

/** What this node tells of itself, and what it owns. */
export class Own {
  readonly #owned = new Set<Address>()
  #told: Announcement
  #loadTold: number | undefined
  #member: Member

  constructor(
    identity: Pick<Member, 'id' | 'incarnation' | 'publicKey'>,
    roles: readonly Role[] | undefined,
    version: string | undefined,
  ) {
    this.#told = { roles: roles ?? allRoles, version: version ?? '', url: '', load: 0 }
    this.#member = { ...identity, ...this.#told, draining: false }
    this.announce({})
  }

  get member(): Member {
    return this.#member
  }

  /** @throws RealmError `SCHEMA_LIMIT` */
  announce(told: Partial<Omit<Announcement, 'roles'>>): void {
    const { version, url } = { ...this.#told, ...told }
    if (version.length > versionUnitsMax || url.length > urlUnitsMax) {
      throw new RealmError('SCHEMA_LIMIT', 'The version or the URL of a node is too long.')
    }
    this.#told = { ...this.#told, ...told }
    this.#loadTold = told.load ?? this.#loadTold
    this.refresh()
  }

  drain(): void {
    this.#member = { ...this.#member, draining: true }
  }

  /** Counts its load anew. */
  refresh(): void {
    const load = this.#loadTold ?? this.#owned.size
    this.#member = { ...this.#member, ...this.#told, load }
  }

  took({ address }: Ownership): void {
    this.#owned.add(address)
  }

  gave({ address }: Ownership): void {
    this.#owned.delete(address)
  }
}
