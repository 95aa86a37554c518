export { createGate } from './gate.ts'
export { defaultGateLimits, type GateLimits } from './limits.ts'
export type { DrainOptions, Gate, GateOptions } from './options.ts'
export type { GateStats } from './stats.ts'
