import { parseArgs } from 'node:util'

/** A mistake in the words of the command line: one clear line, exit code 2. */
export class UsageError extends Error {}

/** One option of a command; `value` names its argument, a flag has none. */
export interface OptionSpec {
  readonly value?: string
  readonly text: string
}

/** A command as `--help` shows it. */
export interface CommandSpec {
  readonly name: string
  /** What stands after the name: `FILE`, or `[FILE]` where it may be left out. */
  readonly positional: string
  readonly summary: string
  readonly options: Readonly<Record<string, OptionSpec>>
}

/** What was given: the one positional argument (empty where left out), and options by name. */
export interface Arguments {
  readonly positional: string
  text(option: string): string | undefined
  flag(option: string): boolean
  /** A whole number within bounds, or `fallback`. */
  integer(option: string, bounds: { min: number; max: number; fallback: number }): number
}

/** @throws UsageError */
export function parseArguments(spec: CommandSpec, args: readonly string[]): Arguments {
  const { values, positionals } = parsed(spec, args)
  const [positional, ...rest] = positionals
  if (positional === undefined && !spec.positional.startsWith('[')) {
    throw new UsageError(`${spec.positional} is missing`)
  }
  if (rest.length > 0) throw new UsageError(`'${rest[0]}' is one argument too many`)
  const text = (option: string) => {
    const value = values[option]
    return typeof value === 'string' ? value : undefined
  }
  return {
    positional: positional ?? '',
    text,
    flag: (option) => values[option] === true,
    integer(option, { min, max, fallback }) {
      const given = text(option)
      if (given === undefined) return fallback
      const number = /^\d{1,15}$/.test(given) ? Number(given) : Number.NaN
      if (number >= min && number <= max) return number
      throw new UsageError(`--${option} takes a whole number from ${min} to ${max}, not '${given}'`)
    },
  }
}

function parsed(spec: CommandSpec, args: readonly string[]) {
  const options = Object.fromEntries(
    Object.entries(spec.options).map(([name, { value }]) => [
      name,
      { type: value === undefined ? ('boolean' as const) : ('string' as const) },
    ]),
  )
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true })
  } catch (error) {
    const [first] = (error as Error).message.split(/\. |\n/)
    throw new UsageError(first ?? 'the arguments cannot be read')
  }
}

/** The text of `realmkit NAME --help`. */
export function helpOf(spec: CommandSpec): string {
  const rows = Object.entries(spec.options).map(
    ([name, { value, text }]) =>
      [`--${name}${value === undefined ? '' : ` ${value}`}`, text] as const,
  )
  rows.push(['--help', 'this text'])
  const width = Math.max(...rows.map(([left]) => left.length))
  const lines = rows.map(([left, right]) => `  ${left.padEnd(width)}   ${right}`)
  const usage = `realmkit ${spec.name} ${spec.positional} [options]`
  return `${usage}\n\n${spec.summary}\n\n${lines.join('\n')}\n`
}
