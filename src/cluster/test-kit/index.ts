export { FaultyStore } from './faulty-store.ts'
export { ManualClock, settle } from './manual-clock.ts'
export { testCluster } from './test-cluster.ts'
