import { memoryBus } from '../../bus/index.ts'
import { type Bus, silentLog, systemRandom } from '../../ports/index.ts'
import { memoryStore } from '../../store/index.ts'
import { createNode, type NodeLimits, type NodeOptions } from '../create-node.ts'
import type { ClusterNode } from '../node.ts'
import { FaultyStore } from './faulty-store.ts'
import { ManualClock } from './manual-clock.ts'

/** A node with its own way to the common store, and its own clock where it is to be paused. */
export interface TestNode {
  readonly node: ClusterNode
  readonly store: FaultyStore
}

/** Nodes on one bus and one store, under a clock that the test moves. */
export function testCluster(options: { exclusive?: boolean; bus?: Bus; limits?: NodeLimits } = {}) {
  const clock = new ManualClock()
  const common = memoryStore()
  const bus = options.bus ?? memoryBus()
  const random = systemRandom()
  return {
    clock,
    store: common,
    async join(
      id: string,
      own: { clock?: ManualClock; bus?: Bus } = {},
      more: Partial<Pick<NodeOptions, 'roles' | 'version' | 'crypto' | 'witness'>> = {},
    ): Promise<TestNode> {
      const store = new FaultyStore(common, { exclusive: options.exclusive ?? false })
      const node = await createNode({
        id,
        clock: own.clock ?? clock,
        random,
        bus: own.bus ?? bus,
        store,
        log: silentLog,
        ...more,
        ...(options.limits && { limits: options.limits }),
      })
      return { node, store }
    },
  }
}
