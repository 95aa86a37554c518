export { canaries, hunt } from './canaries/hunt.ts'
export { runSeed, type SeedResult } from './run-seed.ts'
export { soak } from './soak.ts'
export { storyOf, timelineOf } from './timeline.ts'
