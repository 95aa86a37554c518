import { runTestsOnBun } from './lib/run-tests-on-bun.ts'

const { ok, output } = await runTestsOnBun(process.argv.slice(2))
console.log(output)
if (!ok) process.exitCode = 1
