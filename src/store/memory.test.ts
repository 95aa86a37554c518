import { ledgerConformance } from '../ports/conformance/ledger.ts'
import { storeConformance } from '../ports/conformance/store.ts'
import { memoryStore } from './memory.ts'

storeConformance('memory', () => memoryStore())
ledgerConformance('memory', () => memoryStore(), 300)
