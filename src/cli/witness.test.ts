import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { processUnitsMax } from '../ports/index.ts'
import { systemWitness } from './witness.ts'

const witness = systemWitness()
const skip = witness.process === '' && 'this system does not tell'

/** As that process would be known to witnesses. */
const named = (pid: number | undefined): string => witness.process.replace(/\d+$/, String(pid))

describe('a witness', { skip }, () => {
  it('sees that a process has ended, and is not deceived by one that stands still', async () => {
    assert.ok(witness.process.length <= processUnitsMax)
    assert.equal(witness.ended(witness.process), false)
    const child = spawn('sleep', ['60'], { stdio: 'ignore' })
    const closed = once(child, 'close')
    assert.equal(witness.ended(named(child.pid)), false)
    child.kill('SIGSTOP')
    assert.equal(witness.ended(named(child.pid)), false)
    child.kill('SIGKILL')
    await closed
    assert.equal(witness.ended(named(child.pid)), true)
  })

  it('says nothing of processes of other machines, boots and namespaces', () => {
    // Above the largest number that Linux gives.
    const gone = named(4_194_305)
    assert.equal(witness.ended(gone), true)
    for (const elsewhere of [
      gone.replace(/^./, 'x'),
      gone.replace(/\[\d+\]/, '[1]'),
      '',
      '1',
      '1 2',
    ]) {
      assert.equal(witness.ended(elsewhere), false, elsewhere)
    }
  })
})
