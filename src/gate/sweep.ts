import type { ClusterNode } from '../cluster/index.ts'
import type { StoredRecord } from '../ports/index.ts'
import {
  decodeRecord,
  SessionRecord,
  sessionPrefix,
  TicketRecord,
  ticketPrefix,
} from './records.ts'

const pageRecordsMax = 500

/** Deletes the records of tickets and sessions that have expired. */
export async function sweepRecords(node: ClusterNode): Promise<void> {
  const expiry = {
    [ticketPrefix]: (value: Uint8Array) => decodeRecord(TicketRecord, value)?.expires,
    [sessionPrefix]: (value: Uint8Array) => decodeRecord(SessionRecord, value)?.expires,
  }
  for (const [prefix, expires] of Object.entries(expiry)) await sweep(node, prefix, expires)
}

async function sweep(
  node: ClusterNode,
  prefix: string,
  expires: (value: Uint8Array) => number | undefined,
): Promise<void> {
  let after: string | undefined
  for (;;) {
    const options = { limit: pageRecordsMax, ...(after === undefined ? {} : { after }) }
    const page: StoredRecord[] = await node.store.scan(prefix, options)
    const now = node.clock.wallMs()
    for (const { key, version, value } of page) {
      // One that cannot be read counts as expired: it opens nothing any more.
      if ((expires(value) ?? 0) >= now) continue
      // A record that was renewed meanwhile has another version, and stays.
      await node.store.transact({
        checks: [{ key, version }],
        writes: [{ key, value: undefined }],
      })
    }
    after = page.at(-1)?.key
    if (page.length < pageRecordsMax || after === undefined) return
  }
}
