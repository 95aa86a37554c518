import type { GameDefinition } from '../../actor/index.ts'
import { connect, type Realm } from '../../client/index.ts'
import {
  type SimClientSocket,
  type SimNode,
  simClientOptions,
  simWorld,
  startNode,
} from '../../sim/index.ts'

/** A player of a scene, and all that reached them. */
export interface ScenePlayer<G> {
  readonly realm: Realm<G>
  readonly id: string
  readonly errors: string[]
  /** Every byte the server sent them, as it came. */
  received(): Buffer
  /** Breaks the connection; the client comes back by itself. */
  drop(): void
  /** Ends the client as SIGKILL does. */
  kill(): void
}

/** A whole server of one game with real clients, all under one seed and a virtual clock. */
export async function scene<G extends GameDefinition>(seed: string, game: G) {
  const world = simWorld(seed)
  let node: SimNode = await world.until(startNode(world, game, 'solo', 7777))

  /** @param from the process of an earlier player, whose guest account is used again */
  async function enter(name: string, accounts = name): Promise<ScenePlayer<G>> {
    const chunks: Uint8Array[] = []
    let socket: SimClientSocket | undefined
    const options = simClientOptions(world, name, (opened) => {
      socket = opened
      record(opened, chunks)
    })
    const storage = storages.get(accounts) ?? options.storage
    if (storage) storages.set(accounts, storage)
    const realm = await world.until(
      connect<G>(node.url, { ...options, guest: accounts, storage: storage ?? null }),
    )
    const errors: string[] = []
    realm.onError(({ code, detail }) => errors.push(detail === '' ? code : `${code} ${detail}`))
    return {
      realm,
      id: realm.player.id,
      errors,
      received: () => Buffer.concat(chunks),
      drop: () => socket?.drop(),
      kill: () => world.process(name).kill(),
    }
  }
  const storages = new Map<string, NonNullable<ReturnType<typeof simClientOptions>['storage']>>()

  return {
    world,
    enter,
    /** Ends the server as SIGKILL does, and starts it anew. */
    async restart(): Promise<void> {
      node.process.kill()
      await world.run(4_000)
      node = await world.until(startNode(world, game, 'solo', 7777))
    },
  }
}

/** Notes what a socket receives before its client does. */
function record(socket: SimClientSocket, chunks: Uint8Array[]): void {
  let client: SimClientSocket['onmessage'] = null
  const both = (event: { data: unknown }) => {
    if (event.data instanceof ArrayBuffer) chunks.push(new Uint8Array(event.data.slice(0)))
    client?.(event)
  }
  Object.defineProperty(socket, 'onmessage', {
    get: () => both,
    set: (handler: SimClientSocket['onmessage']) => {
      client = handler
    },
  })
}
