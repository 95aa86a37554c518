/**
 * Randomness as the outside gives it: of cryptographic quality in production, seeded in simulation.
 */
export interface Random {
  /** A uniform integer, 0 … 2³²−1. */
  u32(): number
  /** A uniform number, 0 ≤ x < 1. */
  float(): number
  /** `count` random bytes, fit for tokens. */
  bytes(count: number): Uint8Array
  /** A fresh identifier of 16 characters `[0-9a-z]`, about 82 bits: unique and unguessable. */
  id(): string
}
