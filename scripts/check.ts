import { runTests } from './lib/run-tests.ts'
import { runTestsOnBun } from './lib/run-tests-on-bun.ts'
import { program, type Step } from './lib/step.ts'
import { columns } from './steps/columns.ts'
import { determinism } from './steps/determinism.ts'
import { docs } from './steps/docs.ts'
import { imports } from './steps/imports.ts'
import { packages } from './steps/packages.ts'

const steps: readonly Step[] = [
  program('types', 'tsc', ['--pretty', 'false']),
  program('types, browser', 'tsc', ['--project', 'tsconfig.browser.json', '--pretty', 'false']),
  program('lint, format', 'biome', ['check', '--error-on-warnings', '--max-diagnostics=50', '.']),
  imports,
  columns,
  determinism,
  program('unused exports', 'knip', ['--no-progress']),
  docs,
  packages,
  { name: 'tests on Bun', run: () => runTestsOnBun() },
]

/** Runs one step and prints its line; what it printed itself is shown only if it failed. */
async function report(step: Step): Promise<boolean> {
  const start = performance.now()
  const { ok, output } = await step.run()
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  console.log(`${ok ? '✔' : '✘'} ${step.name.padEnd(16)} ${seconds.padStart(5)} s`)
  if (!ok) console.log(`${output.replace(/^/gm, '    ')}\n`)
  return ok
}

let allOk = true
for (const step of steps) allOk = (await report(step)) && allOk

// The tests come last and are not folded: what the test runner says closes the output.
console.log('▶ tests')
allOk = (await runTests()) && allOk
if (!allOk) {
  console.log('✘ the check failed: see what is marked above')
  process.exitCode = 1
}
