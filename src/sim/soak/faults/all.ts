import { busFaults } from './bus.ts'
import { clientFaults } from './clients.ts'
import type { Fault } from './fault.ts'
import { nodeFaults } from './nodes.ts'
import { operations } from './operations.ts'
import { storeFaults } from './store.ts'

export const allFaults: readonly Fault[] = [
  ...nodeFaults,
  ...operations,
  ...busFaults,
  ...storeFaults,
  ...clientFaults,
]
