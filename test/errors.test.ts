import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errorsDoc, errorsDocPath } from '../scripts/lib/errors-doc.ts'
import { isTest, projectFiles } from '../scripts/lib/project.ts'
import { scan } from '../scripts/lib/scan.ts'
import { type ErrorEntry, errorRegistry, errorSections, RealmError } from '../src/errors/index.ts'

const registryFolder = 'src/errors/registry/'
const codes = Object.keys(errorRegistry)
const sources = projectFiles('src/**/*.ts').filter((file) => !isTest(file.path))

test('docs/errors.md is what the registry says', () => {
  const upToDate = projectFiles(errorsDocPath)[0]?.text === errorsDoc()
  assert.ok(upToDate, `${errorsDocPath} is out of date: npm run docs:errors`)
})

test('every code stands in one section of the registry', () => {
  const listed = errorSections.flatMap(({ errors }) => Object.keys(errors))
  assert.deepEqual(listed.toSorted(), codes.toSorted())
})

test('every registered code is used by the source', () => {
  const used = new Set(
    sources
      .filter((file) => !file.path.startsWith(registryFolder))
      .flatMap((file) => scan(file.text).strings),
  )
  assert.deepEqual(
    codes.filter((code) => !used.has(code)),
    [],
    'codes that nothing answers with',
  )
})

test('every error that the source creates names a registered code', () => {
  const created = sources.flatMap((file) => {
    const { code, strings } = scan(file.text)
    return [...code.matchAll(/\bnew RealmError\(\s*'§(\d+)'/g)].map(([, at]) => ({
      path: file.path,
      code: strings[Number(at)] ?? '',
    }))
  })
  assert.deepEqual(
    created.filter((error) => !codes.includes(error.code)),
    [],
  )
})

test('every code has a status, a close code and sentences that a reader can act on', () => {
  for (const [code, entry] of Object.entries<ErrorEntry>(errorRegistry)) {
    assert.match(code, /^[A-Z][A-Z0-9_]*$/)
    assert.ok(entry.status >= 400 && entry.status <= 599, code)
    if (entry.close !== undefined) assert.ok(entry.close >= 4000 && entry.close <= 4999, code)
    assert.match(entry.message, /^[A-Z].*\.$/, code)
    assert.match(entry.next, /^[A-Z].*\.$/, code)
  }
})

test('an error carries what the registry says of its code', () => {
  const error = new RealmError('SCHEMA_LIMIT', 'at name')
  assert.equal(error.status, errorRegistry.SCHEMA_LIMIT.status)
  assert.equal(error.retry, errorRegistry.SCHEMA_LIMIT.retry)
  assert.equal(error.message, `${errorRegistry.SCHEMA_LIMIT.message} at name`)
})
