import { RealmError } from '../errors/index.ts'
import type { Member } from './behaviour.ts'

/**
 * The name by which activations know a client's place with them: `<session>.<stay>`, and
 * `<session>.<epoch>-<stay>` once another gate has taken the session up.
 */
export function stayName(session: string, epoch: number, stay: number): string {
  return epoch === 1 ? `${session}.${stay}` : `${session}.${epoch}-${stay}`
}

function readStay(name: string): { readonly session: string; readonly epoch: number } {
  const dot = name.indexOf('.')
  if (dot < 0) return { session: name, epoch: 1 }
  const dash = name.indexOf('-', dot)
  return {
    session: name.slice(0, dot),
    epoch: dash < 0 ? 1 : Number(name.slice(dot + 1, dash)),
  }
}

/** Whether both are of one session, at whichever gates. */
export function isSameSession(one: Member, other: Member): boolean {
  return readStay(one.session).session === readStay(other.session).session
}

/**
 * A gate from which another has taken the session cannot put itself back in its place.
 * @throws RealmError `SESSION_MOVED`
 */
export function assertNoFormerGate(present: Member | undefined, next: Member): void {
  if (present === undefined) return
  const [now, then] = [readStay(present.session), readStay(next.session)]
  if (now.session === then.session && then.epoch < now.epoch) throw new RealmError('SESSION_MOVED')
}
