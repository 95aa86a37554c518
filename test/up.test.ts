import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type hello from '../games/hello/hello.ts'
import { root } from '../scripts/lib/project.ts'
import type { ProcessStatus } from '../src/ops/index.ts'
import { enter } from './kit/player.ts'
import { until } from './kit/until.ts'
import { startUp } from './kit/up.ts'

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test('one command starts a cluster, starts again what is killed or hangs, stops all', async (t) => {
  const up = await startUp(t, {
    ...{ game: join(root, 'games/hello/hello.ts'), bus: 'start', store: 'start' },
    hangSeconds: 3,
    processes: {
      gate: { roles: ['gate'], count: 2 },
      room: { roles: ['logic', 'room', 'world', 'center'] },
    },
  })
  const [one, two, room] = up.processes
  const ada = await enter<typeof hello>(one?.url ?? '', 'Ada')
  const bob = await enter<typeof hello>(two?.url ?? '', 'Bob')
  t.after(() => [ada, bob].map(({ realm }) => realm.close()))
  const hers = await ada.realm.rooms.plaza.joinOrCreate()
  const his = await bob.realm.rooms.plaza.joinOrCreate()
  const id = ada.realm.player.id
  hers.send.walk({ dx: 1, dy: 0 })
  await until('Bob sees Ada', () => his.state.avatars.get(id)?.x === 1)
  // What a room keeps is stored once a second.
  await sleep(1200)

  const { processes: seen } = JSON.parse(await up.ask('top', '--once', '--json'))
  assert.deepEqual(
    seen.map(({ name, state, figures }: ProcessStatus) => [name, state, figures?.players]),
    [
      ['gate-1', 'ready', 1],
      ['gate-2', 'ready', 1],
      ['room', 'ready', 0],
    ],
  )

  process.kill(room?.pid ?? 0, 'SIGKILL')
  await until('the process is there again', () =>
    /"process":"room","msg":"was ended by SIGKILL.*"process":"room","msg":"is ready/s.test(
      up.logs().slice(up.logs().indexOf('SIGKILL') - 200),
    ),
  )
  const walksOn = async (): Promise<boolean> => {
    const before = his.state.avatars.get(id)?.x ?? 0
    hers.send.walk({ dx: 1, dy: 0 })
    await sleep(100)
    return (his.state.avatars.get(id)?.x ?? 0) > before
  }
  await until('Ada walks again', walksOn, 15_000)

  const { processes: now } = JSON.parse(await up.ask('top', '--once', '--json'))
  process.kill(now.find(({ name }: ProcessStatus) => name === 'room').pid, 'SIGSTOP')
  await until(
    'the process that hangs is replaced',
    () =>
      /"process":"room","msg":"did not answer.*"process":"room","msg":"is ready/s.test(
        up.logs().slice(up.logs().indexOf('did not answer') - 200),
      ),
    20_000,
  )
  await until('Ada walks on', walksOn, 15_000)
  assert.equal(await up.stop(), 0, up.logs())
  assert.deepEqual(
    up.processes.filter(({ pid }) => isAlive(pid)),
    [],
  )
  assert.doesNotMatch(up.logs(), /"level":60|:\/\/\w+:\w+@/)
})
