export { soak } from './soak.ts'
export { storyOf, timelineOf } from './timeline.ts'
