import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { ensureChromium } from '../ensure-chromium.ts'
import { projectFiles, root } from './project.ts'

/** A test that has not ended by then is stuck. */
const testTimeoutMs = 120_000
/** All of them together; what still runs then is cut off and counts as failed. */
const allTimeoutMs = 900_000

const patterns = ['src', 'games', 'scripts', 'test'].map((folder) => `${folder}/**/*.test.ts`)

/**
 * Runs all tests, or those of the named files, with Node's own runner.
 *
 * @returns whether at least one ran, all passed, and none was skipped or left to do
 */
export async function runTests(files: readonly string[] = []): Promise<boolean> {
  const chosen = files.length > 0 ? files : projectFiles(...patterns).map((file) => file.path)
  // Once before all, since files of tests run side by side.
  if (chosen.some((path) => path.includes('test/browser/'))) ensureChromium()
  const unmet: string[] = []
  // Whole games and pages are tried in real time, so not beside what keeps a processor busy.
  const whole = (path: string) => path.startsWith('test/')
  const ran =
    (await runSideBySide(
      chosen.filter((path) => !whole(path)),
      unmet,
    )) + (await runSideBySide(chosen.filter(whole), unmet))
  if (ran === 0) unmet.push('no test ran')
  if (unmet.length > 0) console.log(`\n✘ tests\n${unmet.map((line) => `  ${line}`).join('\n')}`)
  return unmet.length === 0
}

/** @returns how many tests ran; what was not as it must be is added to `unmet` */
async function runSideBySide(files: readonly string[], unmet: string[]): Promise<number> {
  if (files.length === 0) return 0
  let ran = 0
  const stream = run({
    files: files.map((path) => join(root, path)),
    cwd: root,
    execArgv: ['--conditions=source'],
    concurrency: availableParallelism(),
    timeout: testTimeoutMs,
    signal: AbortSignal.timeout(allTimeoutMs),
  })
  stream.on('test:pass', (event) => {
    if (event.skip !== undefined) unmet.push(`skipped: ${event.name} (${event.file})`)
    if (event.todo !== undefined) unmet.push(`left to do: ${event.name} (${event.file})`)
  })
  stream.on('test:fail', (event) => unmet.push(`failed: ${event.name}`))
  stream.on('test:summary', (event) => {
    if (event.file === undefined) ran = event.counts.tests
  })
  for await (const text of stream.compose(new spec())) process.stdout.write(text)
  return ran
}
