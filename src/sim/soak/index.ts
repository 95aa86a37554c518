export { canaries, hunt } from './canaries/hunt.ts'
export { soak } from './soak.ts'
export { storyOf, timelineOf } from './timeline.ts'
