import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { RealmError } from '../errors/index.ts'
import { askControl, type ControlHandler, serveControl } from './control.ts'

const folder = mkdtempSync(join(tmpdir(), 'realmkit-control-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const echo: ControlHandler = async ({ op }, say) => {
  say({ op })
  say({ op: 'again' })
}

async function answers(at: string): Promise<unknown[]> {
  const all: unknown[] = []
  for await (const answer of askControl(at, { op: 'status' })) all.push(answer)
  return all
}

const codeIs = (code: string) => (error: unknown) =>
  error instanceof RealmError && error.code === code

describe('asking a running process', () => {
  it('gives all of its answers, to its own user alone', async () => {
    const at = join(folder, 'one')
    const server = await serveControl(at, echo)
    assert.equal(statSync(join(at, 'control.sock')).mode & 0o777, 0o600)
    assert.deepEqual(await answers(at), [{ op: 'status' }, { op: 'again' }])
    server.close()
    await assert.rejects(answers(at), codeIs('SUPERVISOR_ABSENT'))
  })

  it('is done by one process at a time, and by the next after a crash', async () => {
    const at = join(folder, 'two')
    const first = await serveControl(at, echo)
    await assert.rejects(serveControl(at, echo), codeIs('SUPERVISOR_RUNNING'))
    first.close()
    const next = await serveControl(at, echo)
    assert.equal((await answers(at)).length, 2)
    next.close()
  })

  it('throws here what failed there', async () => {
    const at = join(folder, 'three')
    const server = await serveControl(at, async () => {
      throw new RealmError('ROLL_RUNNING')
    })
    await assert.rejects(answers(at), codeIs('ROLL_RUNNING'))
    server.close()
  })

  it('works where the path is too long for a socket', async () => {
    const at = join(folder, 'x'.repeat(120))
    const server = await serveControl(at, echo)
    assert.equal(existsSync(at) && readdirSync(at).length > 0, false)
    assert.equal((await answers(at)).length, 2)
    server.close()
  })
})
