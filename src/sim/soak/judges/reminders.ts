import type { Verdicts } from '../verdicts.ts'
import type { Operation } from './operations.ts'

/** Every reminder that a log tells of has rung by the end, once, and no other. */
export function judgeReminders(
  verdicts: Verdicts,
  purse: string,
  kept: { readonly log: readonly number[]; readonly rung: readonly number[] },
  operations: ReadonlyMap<number, Operation>,
): void {
  const planned = new Set(kept.log.filter((id) => operations.get(id)?.kind === 'plan'))
  for (const id of kept.rung) {
    if (planned.delete(id)) continue
    const why = kept.log.includes(id) ? 'twice' : 'though it was never set'
    verdicts.report('duplicated', `the reminder of operation ${id} of ${purse} rang ${why}`)
  }
  for (const id of planned) {
    verdicts.report('lost', `the reminder of operation ${id} of ${purse} never rang`)
  }
}
