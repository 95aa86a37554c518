import { RealmError } from '../errors/index.ts'
import type { Member, Role } from './member.ts'
import type { Address } from './node.ts'

/** How the node for something new is chosen. */
export interface PlaceRule {
  readonly role: Role
  /**
   * `key`: always the same one of the same nodes, so that what is asked for again is found warm;
   * `load`: the least loaded.
   */
  readonly by: 'key' | 'load'
}

const rules: Readonly<Record<string, PlaceRule>> = {
  actor: { role: 'logic', by: 'key' },
  room: { role: 'room', by: 'load' },
  world: { role: 'world', by: 'load' },
  gate: { role: 'gate', by: 'load' },
  duty: { role: 'center', by: 'key' },
}

/** The rule for an address, by its kind; `gate/…` stands for a new connection. */
export function placeRuleOf(address: Address): PlaceRule {
  const kind = address.slice(0, Math.max(0, address.indexOf('/')))
  return (Object.hasOwn(rules, kind) ? rules[kind] : undefined) ?? { role: 'logic', by: 'key' }
}

/**
 * Where a new address is to become active. Everybody who sees the same members with the same loads
 * chooses the same.
 * @param loadOf what counts as the load of a member
 * @throws RealmError `NODE_MISSING` where no member has the role
 */
export function place(
  address: Address,
  members: readonly Member[],
  loadOf: (member: Member) => number = ({ load }) => load,
): Member {
  const { role, by } = placeRuleOf(address)
  const fit = members.filter(({ roles }) => roles.includes(role))
  const open = fit.filter(({ draining }) => !draining)
  let candidates = open.length > 0 ? open : fit
  if (by === 'load') {
    const least = Math.min(...candidates.map(loadOf))
    candidates = candidates.filter((member) => loadOf(member) === least)
  }
  const chosen = rendezvous(
    address,
    candidates.map(({ id }) => id),
  )
  const member = candidates.find(({ id }) => id === chosen)
  if (member === undefined) throw new RealmError('NODE_MISSING', `Role: ${role}.`)
  return member
}

/**
 * Places, and remembers what it has placed where until that node tells its load anew, so that what
 * comes within one period does not all go to the same node.
 */
export class Placement {
  /** A renewal brings a new object, and with it the node's own count. */
  readonly #placed = new WeakMap<Member, number>()

  choose(address: Address, members: readonly Member[]): Member {
    const loadOf = (member: Member): number => member.load + (this.#placed.get(member) ?? 0)
    const chosen = place(address, members, loadOf)
    this.#placed.set(chosen, (this.#placed.get(chosen) ?? 0) + 1)
    return chosen
  }
}

/**
 * Highest random weight: each node draws a number for the address and the highest wins, so that a
 * node that comes or goes moves only its own share. Source: Thaler, Ravishankar, 1998.
 */
export function rendezvous(address: Address, nodes: readonly string[]): string | undefined {
  let best: string | undefined
  let bestWeight = -1
  for (const node of nodes) {
    const weight = mix(`${node}\n${address}`)
    if (weight > bestWeight) {
      best = node
      bestWeight = weight
    }
  }
  return best
}

/** FNV-1a with the finalizer of MurmurHash3, which spreads the last characters over all bits. */
function mix(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
