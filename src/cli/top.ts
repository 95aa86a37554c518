import { existsSync, globSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { RealmError } from '../errors/index.ts'
import type { RunStatus } from '../ops/index.ts'
import { askControl } from './control.ts'
import { type Arguments, type CommandSpec, UsageError } from './options.ts'
import { tableOf } from './top/table.ts'
import { folderOf } from './up/load-inventory.ts'

export const topSpec: CommandSpec = {
  name: 'top',
  positional: '[FILE]',
  summary: 'Shows the processes of a run on this machine, and how they are.',
  options: {
    data: { value: 'DIR', text: 'folder of the run (.realmkit/NAME; the only one that answers)' },
    once: { text: 'shows them once' },
    json: { text: 'one JSON line each second' },
  },
}

const periodMs = 1000
const widthWithoutTerminal = 160
const narrowest = 20

/** `q`, Ctrl-C, Escape. */
const quitKeys = ['q', '\u0003', '\u001b']

const screen = {
  enter: '\u001b[?1049h\u001b[?25l',
  leave: '\u001b[?25h\u001b[?1049l',
  home: '\u001b[H',
  endOfLine: '\u001b[K',
  endOfScreen: '\u001b[J',
}

export async function top(args: Arguments): Promise<number> {
  const folder = args.text('data') ?? (await folderOfRun(args.positional))
  const live = process.stdout.isTTY && !args.flag('json') && !args.flag('once')
  if (live) return showLive(folder)
  for (;;) {
    const status = await statusOf(folder)
    const lines = args.flag('json') ? [JSON.stringify(status)] : ['', ...tableAt(status), '']
    process.stdout.write(`${lines.join('\n')}\n`)
    if (args.flag('once') || !args.flag('json')) return 0
    await sleep(periodMs)
  }
}

/** Redraws until `q` or Ctrl-C; goes on looking where the run ends, as it may start again. */
async function showLive(folder: string): Promise<number> {
  await statusOf(folder)
  const stopped = new AbortController()
  const stop = (): void => stopped.abort()
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  if (process.stdin.isTTY) process.stdin.setRawMode(true)
  process.stdin.on('data', (keys) => {
    if (quitKeys.some((key) => keys.includes(key))) stop()
  })
  process.stdout.write(screen.enter)
  const left = (): void => void process.stdout.write(screen.leave)
  process.once('exit', left)
  while (!stopped.signal.aborted) {
    const lines = await statusOf(folder).then(tableAt, () => ['  The run does not answer.'])
    lines.push('', '  q quits')
    const height = process.stdout.rows - 1
    const shown = lines.slice(0, height).map((line) => `${line}${screen.endOfLine}\n`)
    process.stdout.write(`${screen.home}${shown.join('')}${screen.endOfScreen}`)
    await sleep(periodMs, undefined, { signal: stopped.signal }).catch(() => {})
  }
  return 0
}

function tableAt(status: RunStatus): string[] {
  const { isTTY, columns = widthWithoutTerminal } = process.stdout
  const colours = isTTY === true && process.stdout.hasColors()
  const time = new Date().toTimeString().slice(0, 8)
  return tableOf(status, { width: Math.max(narrowest, columns), colours, time })
}

async function statusOf(folder: string): Promise<RunStatus> {
  for await (const answer of askControl(folder, { op: 'status' })) {
    return answer as unknown as RunStatus
  }
  throw new RealmError('SUPERVISOR_ABSENT', `It said nothing: ${folder}.`)
}

/** By the inventory or game file; without one, the only run of this folder that answers. */
async function folderOfRun(file: string): Promise<string> {
  if (file !== '') {
    const folder = folderOf(file)
    if (!existsSync(folder)) throw new RealmError('SUPERVISOR_ABSENT', `Folder: ${folder}.`)
    return folder
  }
  const folders = globSync('.realmkit/*/control.sock').map((path) => dirname(path))
  const running: string[] = []
  for (const folder of folders) {
    await statusOf(folder).then(
      () => running.push(folder),
      () => {},
    )
  }
  const [only, ...more] = running
  if (only === undefined) throw new RealmError('SUPERVISOR_ABSENT', 'Looked in .realmkit.')
  if (more.length === 0) return only
  throw new UsageError(`several runs are here, choose with --data: ${running.join(', ')}`)
}
