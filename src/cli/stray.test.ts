import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startGame } from '../../test/game-process.ts'
import { connect } from '../client/index.ts'
import type game from './test-kit/stray-game.ts'

test('promises that a game forgot to await are logged and end nothing', {
  timeout: 20_000,
}, async (t) => {
  const server = await startGame(['run', 'src/cli/test-kit/stray-game.ts'])
  try {
    const realm = await connect<typeof game>(server.url, { guest: 'Ada' })
    t.after(() => realm.close())
    const hall = await realm.rooms.hall.joinOrCreate()
    await realm.services.clerk.forget({})
    hall.send.forget({})
    // The room steps, and rejects, twenty times a second; the log tells of one a second.
    await sleep(1_500)
    await realm.services.clerk.forget({})
    assert.equal(realm.status, 'connected')
    assert.equal(server.process.exitCode, null)
    assert.match(server.logs(), /nobody awaited me.*"code":"HANDLER_FAILED"/)
    assert.ok(server.logs().split('nobody awaited me').length < 10, 'the log is flooded')
  } finally {
    assert.deepEqual(await server.kill(), { code: 0, signal: null })
  }
})
