/**
 * States what must be true, also in production: a gate that is wrong about itself must not go on
 * quietly.
 */
export function assert(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`The gate is wrong: ${what}.`)
}
