import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { FileServer } from './files.ts'

test('a file with a mistake is told by its name, not by its place on the machine', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'realmkit-site-'))
  t.after(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'broken.ts'), 'const = 1')
  const request = {
    method: 'GET',
    url: '/',
    headers: {},
    remoteAddress: '',
    body: new Uint8Array(),
  }
  const answer = await new FileServer().serve(request, folder, 'broken.ts')
  const body = new TextDecoder().decode(answer?.body as Uint8Array)
  assert.match(body, /^throw new SyntaxError\("broken\.ts: /)
  assert.ok(!body.includes(folder), body)
})
