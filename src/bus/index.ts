export { type MemoryBusOptions, memoryBus } from './memory.ts'
