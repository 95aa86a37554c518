import { processUnitsMax } from '../ports/index.ts'
import { bool, bytes, f64, type Infer, list, record, text, varint } from '../schema/index.ts'

/**
 * What a node is there for. `gate`: clients come in; `logic`, `room`, `world`: actors, rooms and
 * worlds are active there; `center`: may take on duties of which the cluster needs one.
 */
export type Role = 'gate' | 'logic' | 'room' | 'world' | 'center'

/** Their order is that of the loads in a lease record. */
export const allRoles: readonly Role[] = ['gate', 'logic', 'room', 'world', 'center']

/**
 * How much a node has to do in each role, in whatever all nodes count alike: by itself the
 * addresses it owns. What is lower is chosen.
 */
export type Loads = Readonly<Record<Role, number>>

export const noLoads: Loads = { gate: 0, logic: 0, room: 0, world: 0, center: 0 }

/** What a node tells of itself, with each renewal of its lease. */
export interface Announcement {
  readonly roles: readonly Role[]
  /** Of the game it runs; at most 64 characters. */
  readonly version: string
  /** Where clients reach its gate: a URL of at most 256 characters, or empty. */
  readonly url: string
  readonly loads: Loads
}

/** A node whose lease is alive, as this one has last seen it. */
export interface Member extends Announcement {
  readonly id: string
  readonly incarnation: string
  /** Takes nothing new: it is about to stop. */
  readonly draining: boolean
  /** Ed25519, 32 bytes; empty where nodes need not prove who they are. */
  readonly publicKey: Uint8Array
  /** What witnesses on its machine know its process by; empty where they do not. */
  readonly process: string
}

export interface MemberEvent {
  /** `changed` where it has told something new of itself. */
  readonly kind: 'joined' | 'changed' | 'left'
  readonly member: Member
}

/** The record `lease/<node>`. Whoever may write it is a node of the cluster. */
export const LeaseValue = record({
  incarnation: text({ max: 64 }),
  /** Changes with each renewal. */
  counter: varint,
  draining: bool,
  roles: list(text({ max: 16 }), { max: 16 }),
  version: text({ max: 64 }),
  url: text({ max: 256 }),
  loads: list(f64, { max: 16 }),
  publicKey: bytes({ max: 64 }),
  process: text({ max: processUnitsMax }),
})

export type LeaseRecord = Infer<typeof LeaseValue>

/** What a member writes into its lease record. */
export function recordOf({ id: _, roles, loads, ...told }: Member, counter: number): LeaseRecord {
  return { ...told, counter, roles: [...roles], loads: allRoles.map((role) => loads[role]) }
}

export function memberOf(id: string, record: LeaseRecord): Member {
  const { incarnation, draining, version, url, publicKey, process } = record
  // A newer node may have roles that this one does not know.
  const roles = allRoles.filter((role) => record.roles.includes(role))
  const loads = { ...noLoads }
  for (const [index, role] of allRoles.entries()) loads[role] = record.loads[index] ?? 0
  return { id, incarnation, draining, roles, version, url, loads, publicKey, process }
}

/** Whether the two tell the same, apart from their loads. */
export function tellsSame(left: Member, right: Member): boolean {
  return (
    left.incarnation === right.incarnation &&
    left.draining === right.draining &&
    left.version === right.version &&
    left.url === right.url &&
    left.roles.length === right.roles.length &&
    left.roles.every((role, index) => role === right.roles[index])
  )
}
