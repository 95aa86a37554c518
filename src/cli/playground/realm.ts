import type { RealmError, RoomListing, Status, Traffic } from '../../client/index.ts'
import type { Manifest } from '../../protocol/index.ts'

// The typed client is made from a game's face; here the game is known only at run time, by its
// manifest.

type Off = () => void

interface AnyJoint {
  readonly send: Readonly<Record<string, (input?: unknown) => void>>
  on(event: string, listener: (payload: unknown) => void): Off
  onLeft(listener: (code: string) => void): Off
  onError(listener: (error: RealmError) => void): Off
  leave(): void
}

/** A mirrored record of any shape. */
export interface AnyState {
  readonly [field: string]: unknown
  onChange(listener: (fields: readonly string[]) => void): Off
}

export interface AnyRoom extends AnyJoint {
  readonly id: string
  readonly state: AnyState
}

export interface AnyActor extends AnyJoint {
  readonly key: string
  readonly state: AnyState
}

export interface AnyEntity {
  readonly id: number
  readonly kind: string
  readonly x: number
  readonly y: number
  readonly fields: Readonly<Record<string, unknown>>
}

export interface AnyWorld extends AnyJoint {
  readonly line: string
  readonly me: number
  readonly entities: ReadonlyMap<number, AnyEntity>
  onAdd(listener: (entity: AnyEntity) => void): Off
  onRemove(listener: (entity: AnyEntity, reason: string) => void): Off
  view(nowMs?: number): readonly AnyEntity[]
}

/** What can be joined and shown. */
export type Joint = AnyRoom | AnyActor | AnyWorld

export type AnyCalls = Readonly<Record<string, (input?: unknown) => Promise<unknown>>>

interface AnyRooms {
  joinOrCreate(options?: unknown): Promise<AnyRoom>
  create(options?: unknown): Promise<AnyRoom>
  join(id: string, options?: unknown): Promise<AnyRoom>
  list(): Promise<RoomListing[]>
}

interface AnyActors {
  at(key: string): { readonly call: AnyCalls }
  watch(key?: string): Promise<AnyActor>
}

interface AnyWorlds {
  join(place?: { readonly line?: string }, options?: unknown): Promise<AnyWorld>
}

/** A connection to a game of which nothing is known but its manifest. */
export interface AnyRealm {
  readonly player: { readonly id: string; readonly name: string }
  readonly status: Status
  readonly ping: number
  readonly traffic: Traffic
  readonly manifest: Manifest
  onStatus(listener: (status: Status) => void): Off
  onError(listener: (error: RealmError) => void): Off
  close(): void
  readonly services: Readonly<Record<string, AnyCalls>>
  readonly actors: Readonly<Record<string, AnyActors>>
  readonly rooms: Readonly<Record<string, AnyRooms>>
  readonly worlds: Readonly<Record<string, AnyWorlds>>
}
