import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { root } from '../scripts/lib/project.ts'

const script = ['scripts/run.js', 'start.ts']

test('npm start prints both addresses, serves them, and ends all it started', async () => {
  const data = mkdtempSync(join(tmpdir(), 'realmkit-start-'))
  const child = spawn(process.execPath, [...script, '--port', '0', '--data', data], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  let printed = ''
  try {
    for await (const chunk of child.stdout) {
      printed += chunk
      if (/Ctrl-C/.test(printed)) break
    }
    const addresses = printed.match(/http:\/\/\S+/g) ?? []
    assert.equal(addresses.length, 2, printed)
    assert.match(printed, /^game +http:\/\/localhost:\d+\/$/m)
    assert.match(printed, /^playground +http:\/\/localhost:\d+\/playground\/$/m)
    for (const address of addresses) assert.equal((await fetch(address)).status, 200, address)
    child.kill('SIGINT')
    assert.deepEqual(await ended, [0, null])
    await assert.rejects(fetch(addresses[0] ?? ''), 'the game outlived npm start')
  } finally {
    child.kill('SIGTERM')
    rmSync(data, { recursive: true, force: true })
  }
})

test('npm start answers wrong arguments in one line and with exit code 2', () => {
  for (const args of [['--port', 'x'], ['--port', '65536'], ['--bogus'], ['stray']]) {
    const { status, stderr } = spawnSync(process.execPath, [...script, ...args], {
      cwd: root,
      encoding: 'utf8',
    })
    assert.equal(status, 2, args.join(' '))
    assert.match(stderr, /^npm start: [^\n]+\n$/)
  }
})
