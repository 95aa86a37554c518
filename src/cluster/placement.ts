import { RealmError } from '../errors/index.ts'
import { allRoles, type Loads, type Member, type Role } from './member.ts'
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
 * @param loadsOf what counts as the loads of a member: that of the role decides, then their sum
 * @throws RealmError `NODE_MISSING` where no member has the role
 */
export function place(
  address: Address,
  members: readonly Member[],
  loadsOf: (member: Member) => Loads = ({ loads }) => loads,
): Member {
  const { role, by } = placeRuleOf(address)
  const fit = members.filter(({ roles }) => roles.includes(role))
  const open = fit.filter(({ draining }) => !draining)
  let candidates = open.length > 0 ? open : fit
  if (by === 'load') {
    candidates = leastOf(candidates, (member) => loadsOf(member)[role])
    candidates = leastOf(candidates, (member) => totalOf(loadsOf(member)))
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
  readonly #loads = new WeakMap<Member, Loads>()

  choose(address: Address, members: readonly Member[]): Member {
    const loadsOf = (member: Member): Loads => this.#loads.get(member) ?? member.loads
    const chosen = place(address, members, loadsOf)
    const { role } = placeRuleOf(address)
    const loads = loadsOf(chosen)
    this.#loads.set(chosen, { ...loads, [role]: loads[role] + 1 })
    return chosen
  }
}

function leastOf(members: Member[], loadOf: (member: Member) => number): Member[] {
  const least = Math.min(...members.map(loadOf))
  return members.filter((member) => loadOf(member) === least)
}

function totalOf(loads: Loads): number {
  return allRoles.reduce((sum, role) => sum + loads[role], 0)
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
