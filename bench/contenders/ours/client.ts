import type { ContenderClient } from '../../lib/contender.ts'

export const contender: ContenderClient = {
  toleranceQuanta: 0,
  seat: () => {
    throw new Error('Realmkit is not wired to the bench yet')
  },
}
