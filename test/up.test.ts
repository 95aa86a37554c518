import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type hello from '../games/hello/hello.ts'
import { root } from '../scripts/lib/project.ts'
import { enter } from './kit/player.ts'
import { until } from './kit/until.ts'

interface Ready {
  readonly url: string
  readonly processes: readonly { name: string; pid: number; url?: string }[]
}

const readyTimeoutMs = 40_000

/** Runs an inventory in a folder of its own. */
async function startUp(t: TestContext, inventory: object) {
  const folder = mkdtempSync(join(tmpdir(), 'realmkit-up-'))
  // PostgreSQL refuses to be root, and its user must reach its data.
  chmodSync(folder, 0o755)
  writeFileSync(join(folder, 'cluster.json'), JSON.stringify(inventory))
  const main = join(root, 'src/cli/main.ts')
  const child = spawn(
    process.execPath,
    ['--conditions=source', main, 'up', 'cluster.json', '--json'],
    {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  const cutOff = () => void child.kill('SIGKILL')
  process.once('exit', cutOff)
  t.after(cutOff)
  const ended = once(child, 'close')
  let [out, logs] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (chunk) => (out += chunk))
  child.stderr.setEncoding('utf8').on('data', (chunk) => (logs += chunk))
  const ready = await until('ready', () => /^\{.*\}$/m.exec(out)?.[0], readyTimeoutMs).catch(
    (error) => {
      cutOff()
      throw new Error(`${error.message}\n${out}${logs}`)
    },
  )
  return {
    ...(JSON.parse(ready) as Ready),
    logs: () => logs,
    stop: async () => {
      child.kill('SIGTERM')
      const [code] = await ended
      process.off('exit', cutOff)
      rmSync(folder, { recursive: true, force: true })
      return code
    },
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test('one command starts a cluster, starts again what is killed, stops all', async (t) => {
  const up = await startUp(t, {
    ...{ game: join(root, 'games/hello/hello.ts'), bus: 'start', store: 'start' },
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

  process.kill(room?.pid ?? 0, 'SIGKILL')
  await until('the process is there again', () =>
    /"process":"room","msg":"was ended by SIGKILL.*"process":"room","msg":"is ready/s.test(
      up.logs().slice(up.logs().indexOf('SIGKILL') - 200),
    ),
  )
  await until(
    'Ada walks again',
    async () => {
      hers.send.walk({ dx: 1, dy: 0 })
      await sleep(100)
      return (his.state.avatars.get(id)?.x ?? 0) > 1
    },
    15_000,
  )
  assert.equal(await up.stop(), 0, up.logs())
  assert.deepEqual(
    up.processes.filter(({ pid }) => isAlive(pid)),
    [],
  )
  assert.doesNotMatch(up.logs(), /"level":60|:\/\/\w+:\w+@/)
})
