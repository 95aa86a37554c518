export { createGate, type Gate, type GateOptions } from './gate.ts'
export { defaultGateLimits, type GateLimits } from './limits.ts'
export type { GateStats } from './stats.ts'
