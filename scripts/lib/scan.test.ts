import assert from 'node:assert/strict'
import { test } from 'node:test'
import { importsOf, scan } from './scan.ts'

test('comments, strings and regular expressions are not code', () => {
  const { code, strings } = scan(
    [
      "const a = 'Date.now()' // Date.now()",
      'const b = /"[/]/g.test(x)',
      '/* eval */ f("it")',
    ].join('\n'),
  )
  assert.equal(code.split('\n').length, 3)
  assert.doesNotMatch(code, /Date|eval|it/)
  assert.deepEqual(strings, ['Date.now()', 'it'])
})

test('a division is not the start of a regular expression', () => {
  assert.match(scan("const half = a / 2; const s = 'x' / b").code, /a \/ 2; const s = '§0' \/ b/)
})

test('what stands inside a template expression is code, its text is not', () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the template is what is scanned
  const { code } = scan('f(`no ${ { a: [`in ${yes()}`] }.a } no`, after())')
  assert.match(code, /yes\(\)/)
  assert.match(code, /after\(\)/)
  assert.doesNotMatch(code, /no|in/)
})

test('every form of import is found with its line', () => {
  const found = importsOf(
    [
      "import a, { type B } from './a.ts'",
      'import {',
      '  c,',
      "} from './c.ts'",
      "import type { D } from './d.ts'",
      "export * from './e.ts'",
      "export type { F } from './f.ts'",
      "import './g.ts'",
      "const h = await import('./h.ts')",
      "export const from = 'nowhere'",
    ].join('\n'),
  )
  assert.deepEqual(
    found.map((site) => [site.specifier, site.line, site.typeOnly]),
    [
      ['./a.ts', 1, false],
      ['./c.ts', 4, false],
      ['./d.ts', 5, true],
      ['./e.ts', 6, false],
      ['./f.ts', 7, true],
      ['./g.ts', 8, false],
      ['./h.ts', 9, false],
    ],
  )
})
