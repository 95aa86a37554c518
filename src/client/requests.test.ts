import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RealmError } from '../errors/index.ts'
import { Requests } from './requests.ts'
import type { Kept } from './uplink.ts'

/** Requests whose messages are their words. */
function asking() {
  const sent: Kept[] = []
  let nowMs = 0
  const clock = { now: () => nowMs, after: () => ({ cancel: () => {} }) }
  const requests = new Requests(clock, (kept) => sent.push(kept) > 0)
  const words = (text: string): Uint8Array => new TextEncoder().encode(text)
  const outcome = requests
    .ask({
      ...{ kind: 'call', channel: 0, timeoutMs: 15_000 },
      encode: (id) => words(`call ${id}`),
      encodeAgain: (id) => (agoMs) => words(`again ${id} ${agoMs}`),
    })
    .then(
      (output) => new TextDecoder().decode(output),
      (error: RealmError) => error.code,
    )
  const last = (): Kept => sent.at(-1) as Kept
  return {
    ...{ requests, outcome, last },
    says: () => new TextDecoder().decode(last().bytes),
    pass: (ms: number) => {
      nowMs += ms
    },
  }
}

describe('a call that must be sent again to another gate', () => {
  it('tells how long ago it was first sent, as it is each time it leaves', () => {
    const { requests, last, says, pass } = asking()
    last().sent = true
    pass(700)
    requests.renew(true)
    assert.equal(says(), 'again 1 700')
    pass(300.5)
    assert.equal(says(), 'again 1 1001')
    // That gate died too, before it got it.
    requests.renew(true)
    assert.equal(says(), 'again 1 1001')
  })

  it('is a call like any other where no gate has had it', () => {
    const { requests, says } = asking()
    requests.renew(true)
    assert.equal(says(), 'call 1')
  })

  it('was told that it had no effect, which its first copy had', async () => {
    const { requests, last, outcome } = asking()
    last().sent = true
    requests.renew(true)
    requests.fail(1, new RealmError('RATE_LIMITED'))
    assert.equal(await outcome, 'OUTCOME_UNKNOWN')
    const other = asking()
    other.requests.fail(1, new RealmError('RATE_LIMITED'))
    assert.equal(await other.outcome, 'RATE_LIMITED')
  })
})
