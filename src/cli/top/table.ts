import { styleText } from 'node:util'
import type { NodeFigures, ProcessStatus, RunStatus } from '../../ops/index.ts'

export interface TableOptions {
  /** In characters. */
  readonly width: number
  readonly colours: boolean
  /** Wall clock for the heading, such as `12:03:44`. */
  readonly time: string
}

type Style = Parameters<typeof styleText>[0]

interface Cell {
  readonly text: string
  readonly style?: Style | undefined
}

interface Column {
  readonly title: string
  /** Those with the highest are left out first where the line is too long. */
  readonly rank: number
  readonly left?: boolean
  cell(status: ProcessStatus): Cell
}

const nothing: Cell = { text: '–', style: 'dim' }
const gap = '  '
/** A run of one process has a narrow table, but as much to say. */
const headingWidthMin = 78

const stateStyles: Readonly<Record<ProcessStatus['state'], Style>> = {
  ready: 'green',
  starting: 'yellow',
  stopping: 'yellow',
  waiting: 'yellow',
  parked: 'red',
  stopped: 'dim',
}

/** A figure that only a process which answers has. */
function figure(show: (figures: NodeFigures) => Cell | undefined): Column['cell'] {
  return ({ figures }) => (figures && show(figures)) ?? nothing
}

const count = (value: number): Cell => (value === 0 ? nothing : { text: shortCount(value) })
/** @param bad from which on it is shown as a warning; twice as much is worse */
const milliseconds = (value: number, bad: number): Cell =>
  value === 0 ? nothing : { text: value.toFixed(1), style: warning(value, bad) }

const columns: readonly Column[] = [
  { title: 'process', rank: 0, left: true, cell: ({ name }) => ({ text: name, style: 'bold' }) },
  {
    title: 'state',
    rank: 1,
    left: true,
    cell: ({ state }) => ({ text: state, style: stateStyles[state] }),
  },
  {
    title: 'roles',
    rank: 10,
    left: true,
    cell: ({ roles }) => ({ text: roles.length === 5 ? 'all' : roles.join(' '), style: 'dim' }),
  },
  { title: 'pid', rank: 11, cell: ({ pid }) => (pid ? { text: String(pid) } : nothing) },
  { title: 'port', rank: 9, cell: ({ port }) => (port ? { text: String(port) } : nothing) },
  {
    title: 'up',
    rank: 8,
    cell: ({ upSeconds }) => (upSeconds === undefined ? nothing : { text: age(upSeconds) }),
  },
  {
    title: 'cpu',
    rank: 2,
    cell: figure(({ cpu }) => ({
      text: `${Math.round(cpu * 100)} %`,
      style: warning(cpu, 0.7, 0.9),
    })),
  },
  {
    title: 'memory',
    rank: 3,
    cell: figure(({ memoryBytes }) => ({ text: megabytes(memoryBytes) })),
  },
  { title: 'players', rank: 2, cell: figure(({ players }) => count(players)) },
  { title: 'rooms', rank: 6, cell: figure(({ rooms }) => count(rooms)) },
  { title: 'worlds', rank: 7, cell: figure(({ worlds }) => count(worlds)) },
  { title: 'actors', rank: 6, cell: figure(({ actors }) => count(actors)) },
  {
    title: 'msg/s',
    rank: 4,
    cell: figure(({ messagesPerSecond }) => count(Math.round(messagesPerSecond))),
  },
  { title: 'tick ms', rank: 5, cell: figure(({ tickP99Ms }) => milliseconds(tickP99Ms, 25)) },
  { title: 'lag ms', rank: 5, cell: figure(({ lagP99Ms }) => milliseconds(lagP99Ms, 50)) },
  {
    title: 'crashes',
    rank: 12,
    cell: figure(({ crashes }) => ({ ...count(crashes), ...(crashes > 0 && { style: 'yellow' }) })),
  },
  { title: 'version', rank: 9, cell: figure(({ version }) => ({ text: version, style: 'dim' })) },
  {
    title: 'restarts',
    rank: 4,
    cell: ({ restarts }) =>
      restarts === 0 ? nothing : { text: String(restarts), style: 'yellow' },
  },
]

/** The whole picture, a line each; none is longer than the width. */
export function tableOf(status: RunStatus, { width, colours, time }: TableOptions): string[] {
  const paint = ({ text, style }: Cell): string =>
    colours && style !== undefined ? styleText(style, text, { validateStream: false }) : text
  const rows = status.processes
  const all = columns.map((column) => {
    const cells = rows.map((row) => column.cell(row))
    const longest = Math.max(column.title.length, ...cells.map(({ text }) => text.length))
    return { ...column, cells, width: longest }
  })
  const shown = fitting(all, width - gap.length)
  const line = (cellOf: (column: (typeof shown)[number]) => Cell): string =>
    gap +
    shown
      .map((column, index) => {
        const cell = cellOf(column)
        const blank = ' '.repeat(Math.max(0, column.width - cell.text.length))
        if (column.left) return paint(cell) + (index === shown.length - 1 ? '' : blank)
        return blank + paint(cell)
      })
      .join(gap)
  const across = shown.reduce((sum, column) => sum + column.width + gap.length, 0)
  const note = 'tick ms, lag ms: 99 of 100 are faster'
  return [
    heading(status, { width: Math.min(width, Math.max(across, headingWidthMin)), time }, paint),
    '',
    line(({ title }) => ({ text: title, style: 'dim' })),
    ...rows.map((_, index) => line(({ cells }) => cells[index] ?? nothing)),
    ...(shown.some(({ title }) => title === 'lag ms')
      ? ['', gap + paint({ text: note, style: 'dim' })]
      : []),
  ]
}

/** Leaves out what matters least until the rest fits. */
function fitting<C extends { rank: number; width: number }>(all: readonly C[], width: number): C[] {
  let shown = [...all]
  const total = (): number =>
    shown.reduce((sum, column) => sum + column.width, 0) + gap.length * (shown.length - 1)
  while (shown.length > 2 && total() > width) {
    const last = Math.max(...shown.map(({ rank }) => rank))
    const index = shown.findLastIndex(({ rank }) => rank === last)
    shown = shown.filter((_, at) => at !== index)
  }
  return shown
}

function heading(
  { name, processes }: RunStatus,
  { width, time }: { width: number; time: string },
  paint: (cell: Cell) => string,
): string {
  const sum = (of: keyof NodeFigures): number =>
    processes.reduce((total, { figures }) => total + Number(figures?.[of] ?? 0), 0)
  const ready = processes.filter(({ state }) => state === 'ready').length
  const share = ready === processes.length ? String(ready) : `${ready} of ${processes.length}`
  const parts = [
    `${share} process${processes.length === 1 ? '' : 'es'} ready`,
    several(sum('players'), 'player'),
    several(sum('rooms'), 'room'),
    several(sum('worlds'), 'world'),
    several(sum('actors'), 'actor'),
  ]
  let text = ''
  const room = width - gap.length - name.length - time.length - 4
  for (const part of parts) if (`${text} · ${part}`.length <= room) text += ` · ${part}`
  const blank = Math.max(2, width - gap.length * 2 - name.length - text.length - time.length)
  if (name.length + 2 > width) return ''
  const end = room > 0 ? ' '.repeat(blank) + paint({ text: time, style: 'dim' }) : ''
  return gap + paint({ text: name, style: 'bold' }) + text + end
}

function several(value: number, what: string): string {
  return `${shortCount(value)} ${what}${value === 1 ? '' : 's'}`
}

function warning(value: number, bad: number, worse = bad * 2): Style | undefined {
  if (value >= worse) return 'red'
  return value >= bad ? 'yellow' : undefined
}

/** `950`, `12.3k`, `4.1M`. */
export function shortCount(value: number): string {
  if (value < 10_000) return String(value)
  return value < 1e6 ? `${(value / 1e3).toFixed(1)}k` : `${(value / 1e6).toFixed(1)}M`
}

function megabytes(bytes: number): string {
  const mib = bytes / 2 ** 20
  return mib < 10_000 ? `${Math.round(mib)} MB` : `${(mib / 1024).toFixed(1)} GB`
}

/** `42s`, `12m`, `3h20m`, `5d`. */
export function age(seconds: number): string {
  if (seconds < 60) return `${Math.floor(seconds)}s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`
  const hours = Math.floor(seconds / 3600)
  if (hours < 48) return `${hours}h${String(Math.floor((seconds % 3600) / 60)).padStart(2, '0')}m`
  return `${Math.floor(hours / 24)}d`
}
