import { styleText } from 'node:util'
import { jsonLog } from '../log.ts'

type Level = 'info' | 'warn' | 'error'

/** Says what processes print and what becomes of them. */
export interface Reporter {
  /** A line that a process has printed. */
  line(process: string, text: string): void
  /** What has become of a process: `is ready`. */
  tell(process: string, level: Level, sentence: string): void
}

const colours = ['cyan', 'magenta', 'yellow', 'green', 'blue'] as const
const marks: Readonly<Record<Level, string>> = { info: '·', warn: '!', error: '✘' }

/** Lines for people, each with the name of its process in front. */
export function humanReporter(names: readonly string[]): Reporter {
  const width = Math.max(...names.map((name) => name.length))
  const label = (name: string): string => {
    const colour = colours[names.indexOf(name) % colours.length] ?? 'cyan'
    return styleText(colour, `${name.padEnd(width)} │`, { stream: process.stderr })
  }
  const write = (name: string, text: string): void =>
    void process.stderr.write(`  ${label(name)} ${text}\n`)
  return {
    line: (name, text) => {
      if (text.trim() !== '') write(name, text.replace(/^ {2}/, ''))
    },
    tell: (name, level, sentence) => write(name, `${marks[level]} ${sentence}`),
  }
}

/** JSON lines; those of processes get the name of theirs. */
export function jsonReporter(): Reporter {
  const log = jsonLog('info')
  return {
    line: (name, text) => {
      const own = `{"process":${JSON.stringify(name)}`
      const json = text.startsWith('{"') && text.endsWith('}')
      const rest = json ? `,${text.slice(1)}` : `,"msg":${JSON.stringify(text)}}`
      process.stderr.write(`${own}${rest}\n`)
    },
    tell: (name, level, sentence) => log[level]({ process: name }, sentence),
  }
}
