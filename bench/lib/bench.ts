/** What a file in `benches/` exports as `bench`. */
export interface Bench {
  /** One line for the list of benches. */
  readonly about: string
  /** The options it takes, as one would type them. */
  readonly usage: string
  /** Whether it needs what `bench/package.json` lists. */
  readonly needsPeers: boolean
  /**
   * Runs it; results go to stdout, progress and warnings to stderr.
   *
   * @returns Whether every check held.
   * @throws UsageError on options it does not understand.
   */
  run(args: readonly string[]): Promise<boolean>
}

/** The options could not be understood; the message says which. */
export class UsageError extends Error {}

/** A list of positive numbers separated by commas. */
export function numbers(text: string, option: string): number[] {
  const values = text.split(',').map(Number)
  if (values.some((value) => !(value > 0))) {
    throw new UsageError(`--${option} takes positive numbers, not ${text}`)
  }
  return values
}

export function number(text: string, option: string): number {
  const [value = Number.NaN, ...others] = numbers(text, option)
  if (others.length > 0) throw new UsageError(`--${option} takes one number`)
  return value
}

export function progress(text: string): void {
  process.stderr.write(`${text}\n`)
}
