import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { keepNewObjectsYoung } from '../src/cli/collector.ts'
import { type Bench, UsageError } from './lib/bench.ts'

const here = import.meta.dirname

function names(): string[] {
  return readdirSync(join(here, 'benches'))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.slice(0, -'.ts'.length))
    .sort()
}

async function load(name: string): Promise<Bench> {
  const module = (await import(`./benches/${name}.ts`)) as { bench: Bench }
  return module.bench
}

async function list(): Promise<void> {
  process.stderr.write('usage: npm run bench -- <bench> [options]\n\n')
  for (const name of names()) {
    const { about, usage } = await load(name)
    process.stderr.write(`${name}  ${usage}\n    ${about}\n`)
  }
}

/** @returns The exit code: 0 all checks held, 1 a check failed, 2 it could not be run. */
async function main([name, ...args]: readonly string[]): Promise<number> {
  if (name === undefined || !names().includes(name)) {
    await list()
    return 2
  }
  const bench = await load(name)
  if (bench.needsPeers && !existsSync(join(here, 'node_modules'))) {
    process.stderr.write('The peers to compare with are not installed. Run: cd bench && npm ci\n')
    return 2
  }
  try {
    return (await bench.run(args)) ? 0 : 1
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    process.stderr.write(`${error.message}\nusage: npm run bench -- ${name} ${bench.usage}\n`)
    return 2
  }
}

keepNewObjectsYoung()
process.exitCode = await main(process.argv.slice(2))
