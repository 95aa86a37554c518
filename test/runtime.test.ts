import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'

const file = new URL('../bin/newer-node.js', import.meta.url).href

/** Runs a line of code with the functions of newer-node.js, in a process that claims `versions`. */
function on(versions: { node: string; bun?: string }, code: string) {
  const claim = `Object.defineProperty(process, 'versions', { value: ${JSON.stringify(versions)} })`
  const load = `const { isNewEnough, runWithNewerNode } = await import('${file}')`
  const args = ['--input-type=module', '--eval', `${claim}\n${load}\n${code}`]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  return { status, told: stdout.trim() + stderr }
}

const node = '24.3.0'
const runtimes: [versions: { node: string; bun?: string }, enough: boolean][] = [
  [{ node: '20.20.2' }, false],
  [{ node: '24.0.0' }, true],
  [{ node, bun: '1.3.14' }, false],
  [{ node, bun: '1.4.0' }, true],
  [{ node, bun: '1.10.0' }, true],
]

test('Node.js from 24 on and Bun from 1.4 on are new enough', () => {
  for (const [versions, enough] of runtimes) {
    const { told } = on(versions, 'console.log(isNewEnough())')
    assert.equal(told, String(enough), JSON.stringify(versions))
  }
})

test('an older Bun says what it needs', () => {
  const { status, told } = on({ node, bun: '1.3.14' }, "runWithNewerNode('any.js', [])")
  assert.equal(status, 1)
  assert.equal(told, 'Realmkit needs Bun 1.4 or newer; this is 1.3.14: bun upgrade\n')
})
