import { connect } from '../../src/client/index.ts'
import type { LedgerEntry, Store } from '../../src/ports/index.ts'
import { postgresStore } from '../../src/store/index.ts'
import type game from '../cluster/game.ts'
import { accountOf, mixed, SOURCE } from '../cluster/game.ts'
import type { Cluster } from './cluster.ts'
import type { DrillPlayer } from './player.ts'

const PAGE = 5_000

/** What became of all works. */
export interface Audit {
  readonly acknowledged: number
  /** Answered by an error or not at all, and done all the same. */
  readonly doneUnknown: number
  readonly unknown: number
  /** Acknowledged works that the ledger or the worker does not have. */
  readonly lost: number
  /** Works that the ledger has twice, or the worker more often than the ledger. */
  readonly doubled: number
  /** Whatever else does not fit, in words. */
  readonly wrong: readonly string[]
}

/** Compares what players were told with what the store keeps, and with what workers say. */
export async function audit(cluster: Cluster, players: readonly DrillPlayer[]): Promise<Audit> {
  const store = await postgresStore({ url: cluster.storeUrl })
  const realm = await connect<typeof game>(cluster.urls[0] ?? '', { credentials: 'auditor' })
  const sums = { acknowledged: 0, doneUnknown: 0, unknown: 0, lost: 0, doubled: 0 }
  const wrong: string[] = []
  for (const { id, works } of players) {
    const paid = await paidWorks(store, id)
    const done = new Set(paid)
    const lost = [...works.acknowledged].filter((n) => !done.has(n))
    const strange = paid.filter((n) => !works.acknowledged.has(n) && !works.unknown.has(n))
    const { worked, mix } = await realm.actors.worker.at(id).call.look()
    sums.acknowledged += works.acknowledged.size
    sums.unknown += works.unknown.size
    sums.doneUnknown += paid.filter((n) => works.unknown.has(n)).length
    sums.lost += lost.length + Math.max(0, done.size - worked)
    sums.doubled += paid.length - done.size + Math.max(0, worked - done.size)
    if (strange.length > 0) wrong.push(`${id} did ${strange.length} works that nobody asked for`)
    if (lost.length > 0) wrong.push(`${id} lost the works ${lost.slice(0, 10).join()}`)
    const mixPaid = [...done].reduce((mix, n) => (mix ^ mixed(n)) >>> 0, 0)
    if (mix !== mixPaid) wrong.push(`${id} did other works than it was paid for`)
  }
  const { findings } = await store.ledger.audit()
  wrong.push(...findings.map(({ detail }) => `the ledger: ${detail}`))
  realm.close()
  await store.close()
  return { ...sums, wrong }
}

/** The numbers of all works that were paid, from the history of the account. */
async function paidWorks(store: Store, player: string): Promise<number[]> {
  const works: number[] = []
  for (let after = 0; ; ) {
    const page: LedgerEntry[] = await store.ledger.history(accountOf(player), {
      ...{ after, limit: PAGE },
    })
    for (const { counter, memo, sequence } of page) {
      if (counter === SOURCE) works.push(Number(memo?.slice(player.length + 1)))
      after = sequence
    }
    if (page.length < PAGE) return works
  }
}
