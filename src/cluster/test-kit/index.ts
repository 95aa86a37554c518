export { FaultyStore } from './faulty-store.ts'
export { ManualClock, settle } from './manual-clock.ts'
export { type TestNode, testCluster } from './test-cluster.ts'
