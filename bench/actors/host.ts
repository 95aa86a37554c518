import { createHost, type GameDefinition, type Host, loadGame } from '../../src/actor/index.ts'
import { memoryBus } from '../../src/bus/index.ts'
import { createNode } from '../../src/cluster/index.ts'
import { type Store, silentLog, systemClock, systemRandom } from '../../src/ports/index.ts'

/** A node without a gate, as `realmkit run` would make it around the store. */
export async function startHost(
  game: GameDefinition,
  store: Store,
): Promise<{ readonly host: Host; close(): Promise<void> }> {
  const outside = { clock: systemClock(), random: systemRandom(), log: silentLog }
  const node = await createNode({ id: 'bench', ...outside, bus: memoryBus(), store })
  const host = createHost({ node, game: loadGame(game) })
  return {
    host,
    close: async () => {
      await host.stop()
      await node.close()
      await store.close()
    },
  }
}
