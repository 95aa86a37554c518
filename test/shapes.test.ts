import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import type hello from '../games/hello/hello.ts'
import { root } from '../scripts/lib/project.ts'
import { type NatsServer, startNatsServer } from '../src/bus/test-kit/nats-server.ts'
import type { RunStatus } from '../src/ops/index.ts'
import { startPostgres, type TestPostgres } from '../src/store/test-kit/postgres.ts'
import { type GameProcess, startGame } from './game-process.ts'
import { enter } from './kit/player.ts'
import { until } from './kit/until.ts'

const game = 'games/hello/hello.ts'

/** What `realmkit top` shows of the run that has its data in that folder. */
async function statusOf(folder: string): Promise<RunStatus> {
  const main = join(root, 'src/cli/main.ts')
  const args = ['--conditions=source', main, 'top', '--data', folder, '--once', '--json']
  return JSON.parse((await promisify(execFile)(process.execPath, args)).stdout)
}

/** Two players, each through one address, in one plaza. */
async function meet(one: string, other: string) {
  const ada = await enter<typeof hello>(one, 'Ada')
  const bob = await enter<typeof hello>(other, 'Bob')
  const plazas = [
    await ada.realm.rooms.plaza.joinOrCreate(),
    await bob.realm.rooms.plaza.joinOrCreate(),
  ] as const
  assert.equal(plazas[0].id, plazas[1].id)
  plazas[0].send.walk({ dx: 3, dy: 1 })
  await until('Bob sees Ada', () => plazas[1].state.avatars.get(ada.realm.player.id)?.x === 3)
  plazas[1].send.walk({ dx: 1, dy: 5 })
  await until('Ada sees Bob', () => plazas[0].state.avatars.get(bob.realm.player.id)?.y === 5)
  return { ada, bob, plazas }
}

describe('a cluster of processes', () => {
  let [nats, postgres]: [NatsServer?, TestPostgres?] = []
  const processes: GameProcess[] = []

  before(async () => {
    ;[nats, postgres] = await Promise.all([startNatsServer(), startPostgres({ fsync: 'off' })])
  })
  after(async () => {
    await Promise.all(processes.map((one) => one.kill('SIGKILL')))
    await Promise.all([nats?.close(), postgres?.stop()])
  })

  const start = async (...args: string[]): Promise<GameProcess> => {
    const env = { ...process.env, REALMKIT_BUS: nats?.url, REALMKIT_STORE: postgres?.url }
    const one = await startGame(['run', game, '--shape', 'cluster', ...args], { bare: true, env })
    processes.push(one)
    return one
  }

  test('lets players of two gates meet in a room that lives at neither', async () => {
    const [one, two] = await Promise.all([
      start('--name', 'gate-1', '--roles', 'gate', '--port', '0'),
      start('--name', 'gate-2', '--roles', 'gate,center', '--port', '0'),
      start('--name', 'room-1', '--roles', 'logic,room,world'),
    ])
    const { ada, bob } = await meet(one.url, two.url)
    assert.deepEqual([...ada.errors, ...bob.errors], [])
    for (const { realm } of [ada, bob]) realm.close()
    for (const started of processes) {
      const { code } = await started.kill('SIGTERM')
      assert.equal(code, 0, started.logs())
      assert.doesNotMatch(started.logs(), /battery|"level":(?:50|60)/)
    }
  })
})

test('threads of one process share players, state and one file, also after a kill', async (t) => {
  const args = ['run', game, '--shape', 'threads:2', '--metrics', '0']
  const first = await startGame(args)
  t.after(() => first.kill('SIGKILL'))
  const { ada, bob, plazas } = await meet(first.url, first.url)
  t.after(() => [ada, bob].map(({ realm }) => realm.close()))
  const { processes } = await statusOf(first.dataDir)
  const players = processes.reduce((sum, { figures }) => sum + (figures?.players ?? 0), 0)
  assert.deepEqual([processes.length, players], [2, 2])
  const metrics = await (await fetch(first.metrics ?? '')).text()
  assert.equal(metrics.match(/^realmkit_process_up\{process="thread-[12]"\} 1$/gm)?.length, 2)
  await until('the room is stored', () => new Promise((done) => setTimeout(done, 1200, true)))
  await first.kill('SIGKILL')
  const second = await startGame(args, { port: first.port, dataDir: first.dataDir })
  t.after(() => second.kill('SIGKILL'))
  await until('both are back', () => [ada, bob].every(({ realm }) => realm.status === 'connected'))
  const { x } = plazas[1].state.avatars.get(ada.realm.player.id) ?? {}
  plazas[0].send.walk({ dx: 2, dy: 0 })
  await until('Bob sees Ada walk on', () => {
    return plazas[1].state.avatars.get(ada.realm.player.id)?.x === (x ?? 0) + 2
  })
  assert.equal(x, 3)
  const { code } = await second.kill('SIGTERM')
  assert.equal(code, 0, second.logs())
})
