import assert from 'node:assert/strict'
import { test } from 'node:test'
import { columnProblems } from './columns.ts'
import { determinismProblems } from './determinism.ts'
import { importProblems } from './imports.ts'
import { packageProblems } from './packages.ts'

function imported(path: string, specifier: string): string[] {
  return importProblems({ path, text: `import { a } from '${specifier}'\n` })
}

const allowed: [path: string, specifier: string][] = [
  ['src/protocol/a.ts', '../schema/index.ts'],
  ['src/schema/deep/a.ts', '../b.ts'],
  ['src/schema/deep/a.ts', '../../errors/index.ts'],
  ['src/net/a.ts', 'ws'],
  ['src/store/a.ts', 'node:sqlite'],
  ['src/ports/system.ts', 'node:perf_hooks'],
  ['src/index.ts', './world/index.ts'],
  ['src/cli/a.ts', '../gate/index.ts'],
  ['src/cli/a.ts', '../realm.ts'],
  ['src/actor/a.test.ts', '../store/index.ts'],
  ['src/bus/a.test.ts', '../ports/conformance/bus.ts'],
  ['src/client/a.test.ts', 'node:test'],
  ['games/hello/hello.ts', 'realmkit'],
  ['games/hello/client/main.ts', '../hello.ts'],
]

test('imports that run down the house are allowed', () => {
  for (const [path, specifier] of allowed) assert.deepEqual(imported(path, specifier), [])
})

const refused: [path: string, specifier: string, because: RegExp][] = [
  ['src/schema/a.ts', '../ports/index.ts', /may not import ports/],
  ['src/client/a.ts', '../gate/index.ts', /may not import gate/],
  ['src/client/a.ts', 'node:crypto', /must run in browsers/],
  ['src/client/a.ts', 'ws', /no such package/],
  ['src/gate/a.ts', '../cli/index.ts', /may not import cli/],
  ['src/gate/a.ts', '../realm.ts', /may not import realm\.ts/],
  ['src/gate/a.ts', '../actor/mailbox.ts', /entered by its index/],
  ['src/gate/a.test.ts', '../actor/mailbox.ts', /entered by its index/],
  ['src/bus/a.ts', '../ports/conformance/bus.ts', /entered by its index/],
  ['src/actor/a.ts', 'node:fs', /only through a port/],
  ['src/actor/a.ts', '../cluster/index', /ends in \.ts/],
  ['src/actor/a.ts', '../../scripts/check.ts', /outside src/],
  ['src/novel/a.ts', './b.ts', /no row/],
  ['src/index.ts', './cli/index.ts', /may not import cli/],
  ['games/hello/hello.ts', '../../src/index.ts', /a game imports/],
  ['games/hello/hello.ts', '../frontier/game.ts', /a game imports/],
]

test('imports that run up the house or past a door are refused', () => {
  for (const [path, specifier, because] of refused) {
    const [problem, ...more] = imported(path, specifier)
    assert.match(problem ?? `${path} may import ${specifier}`, because)
    assert.deepEqual(more, [])
  }
})

test('clock, timers and chance are found past the ports, and only there', () => {
  const text = 'const t = Date.now()\n// Date.now()\nsetTimeout(f, crypto.randomUUID())\n'
  const problems = determinismProblems({ path: 'src/gate/a.ts', text })
  assert.deepEqual(
    problems.map((problem) => problem.split(' ')[0]),
    ['src/gate/a.ts:1', 'src/gate/a.ts:3', 'src/gate/a.ts:3'],
  )
  for (const path of [
    'src/ports/system.ts',
    'src/cli/a.ts',
    'src/client/a.ts',
    'src/gate/a.test.ts',
  ]) {
    assert.deepEqual(determinismProblems({ path, text }), [])
  }
})

test('code built from text is found everywhere', () => {
  for (const text of ['eval(x)', 'new Function(x)', 'const f = Function("x")']) {
    assert.equal(determinismProblems({ path: 'src/cli/a.ts', text }).length, 1, text)
  }
})

test('lines that are too wide are found', () => {
  assert.deepEqual(columnProblems({ path: 'a.ts', text: `${'é'.repeat(100)}\n` }), [])
  assert.equal(columnProblems({ path: 'a.ts', text: `${'x'.repeat(101)}\n` }).length, 1)
  assert.deepEqual(
    columnProblems({
      path: 'a.ts',
      text: `// https://${'x'.repeat(99)}
`,
    }),
    [],
  )
})

test('install scripts, registries and version ranges are found', () => {
  const lock = {
    packages: {
      '': {},
      'node_modules/a': { hasInstallScript: true },
      'node_modules/b': { resolved: 'https://registry.invalid/b.tgz' },
      'node_modules/c/node_modules/@d/e': { hasInstallScript: true },
    },
  }
  const manifest = { allowScripts: { a: true, f: true }, dependencies: { b: '^1.0.0', g: '1.0.0' } }
  const problems = packageProblems(
    { path: 'package.json', text: JSON.stringify(manifest) },
    { path: 'package-lock.json', text: JSON.stringify(lock) },
  )
  assert.equal(problems.length, 4)
  assert.match(problems[0] ?? '', /@d\/e has an install script/)
  assert.match(problems[1] ?? '', /names f/)
  assert.match(problems[2] ?? '', /node_modules\/b names/)
  assert.match(problems[3] ?? '', /b@\^1\.0\.0/)
})
