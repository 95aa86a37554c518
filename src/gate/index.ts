export { createGate, type Gate, type GateOptions } from './gate.ts'
export type { HttpHandler } from './http.ts'
export { defaultGateLimits, type GateLimits } from './limits.ts'
export type { GateStats } from './stats.ts'
