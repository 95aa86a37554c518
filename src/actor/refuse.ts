import { RealmError } from '../errors/index.ts'

/**
 * Makes the error that tells a caller no, in the game's own words: `throw refuse('not your turn')`.
 */
export function refuse(detail: string): RealmError {
  return new RealmError('REFUSED', detail)
}
