import { connect, type RealmError, type Status } from '../../client/index.ts'
import type { BlockDescriptor, BlockKind, Manifest } from '../../protocol/index.ts'
import { type Identity, takeIdentity } from './identity.ts'
import { Journal } from './journal.ts'
import { every, type Signal, signal } from './kit/signal.ts'
import type { AnyRealm } from './realm.ts'
import { CuttableSocket } from './socket.ts'

const manifestPeriodMs = 200

export type AppStatus = Status | 'connecting'

/** What all parts of the playground share. */
export interface App {
  readonly identity: Identity
  readonly journal: Journal
  readonly status: Signal<AppStatus>
  readonly realm: Signal<AnyRealm | undefined>
  /** Of the running game; changes when the game is replaced. */
  readonly manifest: Signal<Manifest | undefined>
  /** The last error that belongs to nothing else. */
  readonly trouble: Signal<unknown>
  connect(): Promise<void>
  disconnect(): void
}

export async function makeApp(): Promise<App> {
  const identity = await takeIdentity()
  const journal = new Journal()
  const status = signal<AppStatus>('closed')
  const realm = signal<AnyRealm | undefined>(undefined)
  const manifest = signal<Manifest | undefined>(undefined)
  const trouble = signal<unknown>(undefined)

  function follow(made: AnyRealm): void {
    made.onStatus((next) => {
      if (realm.value !== made) return
      journal.add(next === 'connected' ? 'note' : 'error', 'connection', next)
      status.set(next)
      if (next === 'closed') realm.set(undefined)
    })
    made.onError((error: RealmError) => {
      journal.add('error', 'connection', error.code, error.message)
      if (realm.value === made || realm.value === undefined) trouble.set(error)
    })
  }

  every(manifestPeriodMs, () => {
    const next = realm.value?.manifest
    if (next === undefined || next === manifest.value) return
    journal.add('note', 'connection', 'game replaced', next.game)
    manifest.set(next)
  })

  return {
    identity,
    journal,
    status,
    realm,
    manifest,
    trouble,
    async connect() {
      if (realm.value !== undefined || status.value === 'connecting') return
      status.set('connecting')
      trouble.set(undefined)
      try {
        const { name, storage } = identity
        const options = { guest: name, storage, WebSocket: CuttableSocket }
        const made = (await connect(location.origin, options)) as unknown as AnyRealm
        journal.add('note', 'connection', 'connected', made.player)
        follow(made)
        manifest.set(made.manifest)
        realm.set(made)
        status.set('connected')
      } catch (thrown) {
        journal.add('error', 'connection', 'not connected', String(thrown))
        trouble.set(thrown)
        status.set('closed')
      }
    },
    disconnect() {
      const old = realm.value
      realm.set(undefined)
      old?.close()
      status.set('closed')
    },
  }
}

export function blockOf(
  manifest: Manifest | undefined,
  kind: BlockKind,
  name: string,
): BlockDescriptor | undefined {
  return manifest?.blocks.find((block) => block.kind === kind && block.name === name)
}
