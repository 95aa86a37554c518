import { runTests } from './lib/run-tests.ts'

if (!(await runTests(process.argv.slice(2)))) process.exitCode = 1
