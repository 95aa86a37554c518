// What must work on every runtime: `npm test` runs this file on Node.js and on Bun.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import type hello from '../games/hello/hello.ts'
import { root } from '../scripts/lib/project.ts'
import { startGame } from './game-process.ts'
import { cuttable } from './kit/cuttable.ts'
import { enter } from './kit/player.ts'
import { until } from './kit/until.ts'

const botCount = 20
const botSeconds = 5

test('two players see each other walk, also past a cut cable', async (t) => {
  const game = await startGame(['run', 'games/hello/hello.ts'])
  t.after(() => game.kill())
  const cable = await cuttable(game.port)
  t.after(() => cable.close())
  const ada = await enter<typeof hello>(`http://localhost:${cable.port}/`, 'Ada')
  const bob = await enter<typeof hello>(game.url, 'Bob')
  t.after(() => [ada, bob].map(({ realm }) => realm.close()))
  const [id, other] = [ada.realm.player.id, bob.realm.player.id]
  const [hers, his] = [
    await ada.realm.rooms.plaza.joinOrCreate(),
    await bob.realm.rooms.plaza.joinOrCreate(),
  ]
  assert.equal(hers.id, his.id)

  hers.send.walk({ dx: 3, dy: 1 })
  await until('Bob sees Ada', () => his.state.avatars.get(id)?.x === 3)
  his.send.walk({ dx: 1, dy: 5 })
  await until('Ada sees Bob', () => hers.state.avatars.get(other)?.y === 5)

  const { state } = hers
  await cable.cut()
  await until('the loss is noticed', () => ada.realm.status === 'reconnecting')
  his.send.walk({ dx: 1, dy: 0 })
  await until('Bob walks', () => his.state.avatars.get(other)?.x === 2)
  await cable.mend()
  await until('what was missed', () => state.avatars.get(other)?.x === 2)
  hers.send.walk({ dx: 1, dy: 0 })
  await until('Ada goes on', () => his.state.avatars.get(id)?.x === 4)

  assert.equal(hers.state, state, 'the room has another state object')
  assert.deepEqual(ada.statuses, ['reconnecting', 'connected'])
  assert.deepEqual(bob.statuses, [])
  assert.deepEqual([...ada.errors, ...bob.errors], [])
  const { code } = await game.kill('SIGTERM')
  assert.equal(code, 0, game.logs())
})

test('bots play the frontier without an error', async (t) => {
  const game = await startGame(['run', 'games/frontier/game.ts'])
  t.after(() => game.kill())
  const crowd = ['--count', String(botCount), '--seconds', String(botSeconds), '--json']
  const bots = spawn(
    process.execPath,
    [
      ...['--conditions=source', join(root, 'src/cli/main.ts'), 'bots', game.url, ...crowd],
      ...['--script', 'games/frontier/bots.ts'],
    ],
    { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] },
  )
  t.after(() => bots.kill())
  let printed = ''
  bots.stdout.on('data', (chunk: Buffer) => {
    printed += chunk
  })
  const [code] = await once(bots, 'close')
  const result = JSON.parse(printed)
  assert.equal(code, 0, printed)
  assert.equal(result.connected, botCount)
  assert.deepEqual(result.errors, {})
  assert.ok(result.bytesInPerBotPerSecond > 1_000, printed)
  assert.doesNotMatch(game.logs(), /"level":(?:50|60)/, 'the game logged an error')
})
