import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { root } from '../scripts/lib/project.ts'
import { type ErrorCode, errorRegistry } from '../src/errors/index.ts'
import { startGame } from './game-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'realmkit-bad-start-'))
const hall = 'test/fixtures/hall.ts'
const endTimeoutMs = 10_000

after(() => rmSync(folder, { recursive: true, force: true }))

/** Runs the command line to its end. */
async function realmkit(args: string[], env = process.env) {
  const main = join(root, 'src/cli/main.ts')
  const child = spawn(process.execPath, ['--conditions=source', main, ...args], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: endTimeoutMs,
  })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk
  })
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk
  })
  const [exit] = await once(child, 'close')
  return { exit, stdout, stderr }
}

function gameFile(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

function dataFolder(name: string, database?: Uint8Array | string): string {
  const path = join(folder, name)
  mkdirSync(path)
  if (database !== undefined) writeFileSync(join(path, 'realm.db'), database)
  return path
}

/** The message of the code, the code, and what to do next; exit code 1. */
function assertTold(run: Awaited<ReturnType<typeof realmkit>>, code: ErrorCode): void {
  assert.equal(run.exit, 1, run.stderr)
  assert.equal(run.stdout, '')
  const { message, next } = errorRegistry[code]
  const [first = '', second] = run.stderr.split('\n')
  assert.ok(first.startsWith(`realmkit run: ${message}`), run.stderr)
  assert.ok(first.endsWith(`[${code}]`), run.stderr)
  assert.equal(second, `  → ${next}`)
}

function assertUsage(run: Awaited<ReturnType<typeof realmkit>>, mentions: RegExp): void {
  assert.equal(run.exit, 2, run.stderr)
  assert.equal(run.stdout, '')
  assert.match(run.stderr, /^realmkit( \w+)?: [^\n]+\n$/)
  assert.match(run.stderr, mentions)
}

describe('a game that cannot start says why, in words and with a code', { concurrency: 2 }, () => {
  const files: [string, string, ErrorCode, RegExp][] = [
    ['one that throws', 'throw new Error("out of turnips")', 'GAME_FILE_FAILED', /out of turnips/],
    ['one with a syntax error', 'export default defineGame({', 'GAME_FILE_FAILED', /SyntaxError/],
    ['one that imports what is not there', 'import "./gone.ts"', 'GAME_FILE_FAILED', /gone\.ts/],
    ['one without a default export', 'export const game = 1', 'GAME_INVALID', /export default/],
    ['one that exports something else', 'export default 42', 'GAME_INVALID', /export default/],
    [
      'one that defines nonsense',
      'import { defineGame } from "realmkit"; export default defineGame({ rooms: { plaza: 1 } })',
      'GAME_INVALID',
      /rooms\.plaza/,
    ],
  ]
  for (const [index, [name, text, code, mentions]] of files.entries()) {
    test(`${name}: ${code}`, async () => {
      const file = gameFile(`game${index}.ts`, text)
      const run = await realmkit(['run', file, '--port', '0', '--memory'])
      assertTold(run, code)
      assert.match(run.stderr, mentions)
    })
  }

  test('one that is not there: GAME_FILE_MISSING', async () => {
    const run = await realmkit(['run', 'no/such/game.ts', '--port', '0', '--memory'])
    assertTold(run, 'GAME_FILE_MISSING')
    assert.match(run.stderr, /no\/such\/game\.ts/)
  })

  test('a port that is taken: PORT_IN_USE; the game that has it goes on', async () => {
    const first = await startGame(['run', hall])
    try {
      const run = await realmkit(['run', hall, '--port', String(first.port), '--memory'])
      assertTold(run, 'PORT_IN_USE')
      assert.match(run.stderr, new RegExp(`port: ${first.port}`))
      assert.equal((await fetch(`${first.url}health`)).status, 200)
    } finally {
      await first.kill()
    }
  })

  test('a database that another game has open: STORE_LOCKED', async () => {
    const first = await startGame(['run', hall])
    try {
      assertTold(
        await realmkit(['run', hall, '--port', '0', '--data', first.dataDir]),
        'STORE_LOCKED',
      )
      assert.equal((await fetch(`${first.url}health`)).status, 200)
    } finally {
      await first.kill()
    }
  })

  test('a file that is no database: STORE_CORRUPT; it stays as it was', async () => {
    const bytes = Buffer.from('these are my holiday photos '.repeat(200))
    const data = dataFolder('photos', bytes)
    assertTold(await realmkit(['run', hall, '--port', '0', '--data', data]), 'STORE_CORRUPT')
    assert.deepEqual(readFileSync(join(data, 'realm.db')), bytes)
  })

  test('a damaged database: STORE_CORRUPT; it stays as it was', async () => {
    const game = await startGame(['run', hall])
    await fetch(`${game.url}realm/login`, { method: 'POST', body: '{"guest":"Ada"}' })
    await game.kill()
    const file = join(game.dataDir, 'realm.db')
    const bytes = readFileSync(file)
    assert.ok(bytes.length > 8192)
    // The header stays whole: what is broken is found only by whoever looks further.
    bytes.fill(0xa5, 2048)
    const data = dataFolder('damaged', bytes)
    assertTold(await realmkit(['run', hall, '--port', '0', '--data', data]), 'STORE_CORRUPT')
    assert.deepEqual(readFileSync(join(data, 'realm.db')), bytes)
  })
})

describe('wrong arguments: one line, exit code 2', { concurrency: 2 }, () => {
  const lines: [string[], RegExp][] = [
    [['fly'], /no command 'fly'/],
    [['run'], /FILE is missing/],
    [['run', hall, '--bogus'], /--bogus/],
    [['dev', hall, '--port', '65536'], /whole number from 0 to 65535/],
    [['bots', 'localhost:7777'], /no URL/],
  ]
  for (const [args, mentions] of lines) {
    test(`realmkit ${args.join(' ')}`, async () => {
      assertUsage(await realmkit(args), mentions)
    })
  }

  test('PORT in the environment is an argument too', async () => {
    const env = { ...process.env, PORT: 'x' }
    assertUsage(await realmkit(['run', hall, '--memory'], env), /PORT takes a whole number/)
  })

  test('help is no mistake', async () => {
    for (const args of [['bots', '--help'], []]) {
      const { exit, stdout, stderr } = await realmkit(args)
      assert.deepEqual({ exit, stderr }, { exit: 0, stderr: '' })
      assert.match(stdout, /realmkit/)
    }
  })
})
