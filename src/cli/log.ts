import { destination, type Logger, pino } from 'pino'
import { RealmError } from '../errors/index.ts'
import type { Log } from '../ports/index.ts'

type Level = 'debug' | 'info' | 'warn' | 'error'
const levels: readonly Level[] = ['debug', 'info', 'warn', 'error']
const marks: Readonly<Record<Level, string>> = { debug: '·', info: '·', warn: '!', error: '✘' }

/**
 * Lines for people, on standard error: `✘ step failed  address=world/frontier/main` and the stack
 * of a cause.
 */
export function humanLog(level: Level, fields: object = {}): Log {
  const line = (at: Level) => (own: object, message: string) => {
    if (levels.indexOf(at) < levels.indexOf(level)) return
    const { error, ...rest } = { ...fields, ...own } as { error?: unknown }
    const words = Object.entries(rest).map(([key, value]) => `${key}=${shown(value)}`)
    process.stderr.write(`  ${marks[at]} ${[message, ...words].join('  ')}\n${stackOf(error)}`)
  }
  return {
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
    child: (own) => humanLog(level, { ...fields, ...own }),
  }
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function stackOf(error: unknown): string {
  if (error === undefined) return ''
  const inner = error instanceof RealmError && error.cause !== undefined ? error.cause : error
  const text = inner instanceof Error ? (inner.stack ?? inner.message) : String(inner)
  return `${text.replaceAll(/^/gm, '      ')}\n`
}

/** Lines for machines: JSON by pino, on standard error. */
export function jsonLog(level: Level): Log {
  const logger = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, errorKey: 'error' },
    destination({ dest: 2, sync: false }),
  )
  return wrap(logger)
}

function wrap(logger: Logger): Log {
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    child: (fields) => wrap(logger.child(fields)),
  }
}
