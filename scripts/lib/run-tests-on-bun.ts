import { availableParallelism } from 'node:os'
import { bunExecutable } from './bun.ts'
import { projectFiles } from './project.ts'
import { runProgram, type StepResult } from './step.ts'

/** A test that has not ended by then is stuck. */
const testTimeoutMs = 60_000

/** What does not depend on the runtime that starts it is left out: browsers, npm, scripts. */
const smokeSet = [
  'src/**/*.test.ts',
  'games/**/*.test.ts',
  ...['smoke', 'kill', 'reload', 'bad-start'].map((name) => `test/${name}.test.ts`),
]

/** Runs tests with Bun's own runner, which takes those of `node:test` as they are. */
export async function runTestsOnBun(files: readonly string[] = []): Promise<StepResult> {
  const chosen = files.length > 0 ? files : projectFiles(...smokeSet).map((file) => file.path)
  const parallel = `--parallel=${availableParallelism()}`
  const { ok, output } = await runProgram(bunExecutable(), [
    ...['--no-install', '--conditions=source', 'test', '--only-failures'],
    ...[parallel, `--timeout=${testTimeoutMs}`],
    // Bun takes what does not start like a path for a part of names.
    ...chosen.map((path) => `./${path}`),
  ])
  const unmet = output.match(/^ *[1-9]\d* (?:skip|todo)$/gm) ?? []
  const all = output.includes(` across ${chosen.length} file`)
  const problems = [...unmet, ...(all ? [] : [`not all ${chosen.length} files ran`])]
  return { ok: ok && problems.length === 0, output: [output, ...problems].join('\n') }
}
