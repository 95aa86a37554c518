import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { root } from '../scripts/lib/project.ts'
import { probePort } from '../src/net/index.ts'
import type rolled from './fixtures/rolled.ts'
import { enter, type TestPlayer } from './kit/player.ts'
import { until } from './kit/until.ts'
import { startUp } from './kit/up.ts'

const source = readFileSync(join(root, 'test/fixtures/rolled.ts'), 'utf8')
const stepMs = 50

/** Somebody who plays without a rest: steps in a room, and gold that is earned for good. */
class Busy {
  steps = 0
  earned = 0
  readonly #stop = new AbortController()
  readonly #done: Promise<unknown>

  constructor(player: TestPlayer<typeof rolled>, plaza: { send: { step(input: object): void } }) {
    const { signal } = this.#stop
    const stepping = async (): Promise<void> => {
      for (; !signal.aborted; await sleep(stepMs)) {
        plaza.send.step({})
        this.steps += 1
      }
    }
    const earning = async (): Promise<void> => {
      for (; !signal.aborted; await sleep(stepMs)) {
        await player.realm.actors.purse.call.earn({})
        this.earned += 1
      }
    }
    this.#done = Promise.all([stepping(), earning()])
  }

  async end(): Promise<void> {
    this.#stop.abort()
    await this.#done
  }
}

test('nobody who plays notices that all processes are replaced by new ones', async (t) => {
  const port = await probePort({ host: '127.0.0.1', port: 0 })
  const up = await startUp(
    t,
    {
      ...{ game: 'game.ts', bus: 'start', store: 'start', stopSeconds: 4 },
      processes: {
        gate: { roles: ['gate', 'center'], port },
        logic: { roles: ['logic', 'room', 'world'] },
      },
    },
    { 'game.ts': source },
  )
  const url = up.processes[0]?.url ?? ''
  const players = [
    await enter<typeof rolled>(url, 'Ada'),
    await enter<typeof rolled>(url, 'Bob'),
  ] as const
  t.after(() => players.map(({ realm }) => realm.close()))
  const plazas = await Promise.all(players.map(({ realm }) => realm.rooms.plaza.joinOrCreate()))
  const busy = players.map((player, index) => new Busy(player, plazas[index] as never))

  writeFileSync(join(up.folder, 'game.ts'), source.replace("'first'", "'second'"))
  const steps = (await up.ask('roll', '--json')).trim().split('\n')
  assert.deepEqual(
    steps.map((line) => JSON.parse(line).name),
    ['logic', 'gate', undefined],
  )
  await Promise.all(busy.map((one) => one.end()))
  for (const [index, { realm, errors, statuses }] of players.entries()) {
    const { steps = 0, earned = 0 } = busy[index] ?? {}
    assert.deepEqual(errors, [], up.logs())
    assert.ok(statuses.every((status) => /^(?:reconnecting|connected)$/.test(status)))
    const { edition } = await realm.services.about.edition({})
    assert.equal(edition, 'second')
    const { gold } = await realm.actors.purse.call.earn({})
    assert.equal(gold, earned + 1)
    for (const { state } of plazas) {
      await until('each step', () => state.steps.get(realm.player.id)?.count === steps)
    }
  }

  const changed = source.replace('step: command({}', 'stride: command({}')
  writeFileSync(join(up.folder, 'game.ts'), changed)
  await assert.rejects(up.ask('roll'), /ROLL_MANIFEST/)
  writeFileSync(join(up.folder, 'game.ts'), 'export default 7')
  await assert.rejects(up.ask('roll'), /GAME_INVALID/)
  assert.equal(await up.stop(), 0, up.logs())
})
