import { storeConformance } from '../ports/conformance/store.ts'
import { memoryStore } from './memory.ts'

storeConformance('memory', memoryStore)
