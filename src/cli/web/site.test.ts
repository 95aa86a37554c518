import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import type { HttpResponse } from '../../ports/index.ts'
import { createSite } from './site.ts'

const secret = 'not for browsers'
const root = mkdtempSync(join(tmpdir(), 'realmkit-site-'))
const web = join(root, 'web')

function put(path: string, text: string): void {
  const file = join(root, path)
  mkdirSync(join(file, '..'), { recursive: true })
  writeFileSync(file, text)
}

put('game.ts', secret)
put('secret.txt', secret)
put('webby/secret.txt', secret)
put('web/index.html', '<!doctype html><p>home</p>')
put('web/deep/index.html', '<!doctype html><p>deep</p>')
put('web/main.ts', 'const answer: number = 42\nexport { answer }\n')
put('web/broken.ts', 'const = = 1')
put('web/plain.js', 'export {}')
put('web/long.txt', 'la '.repeat(1000))
put('web/.env', secret)
put('web/.git/config.txt', secret)
put('web/database.db', secret)
put('node_modules/allowed/package.json', '{}')
put('node_modules/allowed/dist/index.js', 'export {}')
put('node_modules/@scope/allowed/package.json', '{}')
put('node_modules/@scope/allowed/index.js', 'export {}')
put('node_modules/forbidden/package.json', '{}')
put('node_modules/forbidden/index.js', secret)
put('node_modules/allowed-not/index.js', secret)
symlinkSync(join(root, 'secret.txt'), join(web, 'link.txt'))
symlinkSync(root, join(web, 'up'))
symlinkSync(join(web, 'long.txt'), join(web, 'inner.txt'))

after(() => rmSync(root, { recursive: true, force: true }))

const site = createSite({
  gameFile: join(root, 'game.ts'),
  web: () => ({ folder: web, packages: ['allowed', '@scope/allowed'] }),
})

function get(
  url: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<HttpResponse | undefined> {
  const body = new Uint8Array(0)
  return site({ method, url, headers, remoteAddress: '127.0.0.1', body })
}

async function text(url: string): Promise<string> {
  const answer = await get(url)
  return answer?.body === undefined ? '' : Buffer.from(answer.body).toString()
}

describe('files of a game', () => {
  test('are served with their type; TypeScript comes without its types', async () => {
    assert.match(await text('/'), /home/)
    assert.match(await text('/index.html?v=1'), /home/)
    assert.match(await text('/deep/'), /deep/)
    assert.match(await text('/inner.txt'), /^la la/)
    const script = await get('/main.ts')
    assert.equal(script?.headers?.['content-type'], 'text/javascript; charset=utf-8')
    assert.equal(script?.headers?.['x-content-type-options'], 'nosniff')
    assert.doesNotMatch(Buffer.from(script?.body ?? '').toString(), /number/)
    assert.match(await text('/main.js'), /answer/, 'a .js that stands as .ts')
    assert.match(await text('/broken.ts'), /^throw new SyntaxError/)
  })

  test('are not sent again to who has them, and are compressed for who can read that', async () => {
    const plain = await get('/long.txt')
    const etag = String(plain?.headers?.['etag'])
    assert.equal((await get('/long.txt', { 'if-none-match': etag }))?.status, 304)
    const zipped = await get('/long.txt', { 'accept-encoding': 'gzip, br' })
    assert.equal(zipped?.headers?.['content-encoding'], 'gzip')
    assert.deepEqual(gunzipSync(zipped?.body as Uint8Array), Buffer.from(plain?.body as Uint8Array))
  })

  test('are read only', async () => {
    for (const method of ['POST', 'PUT', 'DELETE']) {
      assert.equal(await get('/index.html', {}, method), undefined)
    }
  })
})

describe('what is not meant for browsers is not there', () => {
  const paths = [
    '/../secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/%2e%2e%2fsecret.txt',
    '/deep/..%2f..%2fsecret.txt',
    '/..%5csecret.txt',
    '/deep%5c..%5c..%5csecret.txt',
    '/..%2fwebby%2fsecret.txt',
    '//secret.txt',
    `/${encodeURIComponent(join(root, 'secret.txt'))}`,
    '/link.txt',
    '/up/secret.txt',
    '/up/webby/secret.txt',
    '/.env',
    '/.git/config.txt',
    '/%2eenv',
    '/database.db',
    '/index.html%00.txt',
    '/%00',
    '/%',
    '/%zz',
    '/%c0%ae%c0%ae/secret.txt',
    '/deep',
    '/nowhere.html',
    '/@npm/forbidden/index.js',
    '/@npm/allowed-not/index.js',
    '/@npm/allowed/../forbidden/index.js',
    '/@npm/allowed/..%2fforbidden%2findex.js',
    '/@npm/allowed',
    '/@realmkit/cli/main.ts',
    '/@realmkit/store/sqlite.ts',
    '/@realmkit/client/../cli/main.ts',
    '/@realmkit/client/..%2fcli%2fmain.ts',
    '/playground/..%2fmain.ts',
    `/${'a'.repeat(5000)}`,
  ]
  for (const path of paths) {
    test(path.length > 60 ? `${path.slice(0, 60)}…` : path, async () => {
      const answer = await get(path)
      assert.equal(answer, undefined, String(answer?.body).slice(0, 100))
    })
  }
})

describe('packages and the client library', () => {
  test('packages that the game names', async () => {
    assert.equal((await get('/@npm/allowed/dist/index.js'))?.status, 200)
    assert.equal((await get('/@npm/@scope/allowed/index.js'))?.status, 200)
  })

  test('the parts of Realmkit that run in browsers', async () => {
    for (const path of ['client/index.js', 'schema/index.ts', 'protocol/index.js']) {
      assert.equal((await get(`/@realmkit/${path}`))?.status, 200, path)
    }
    assert.equal((await get('/playground'))?.headers?.['location'], '/playground/')
    assert.equal((await get('/playground/'))?.status, 200)
  })

  test('a game without pages is played in the playground', async () => {
    const bare = createSite({ gameFile: join(root, 'game.ts'), web: () => undefined })
    const request = { method: 'GET', headers: {}, remoteAddress: '', body: new Uint8Array(0) }
    const home = await bare({ ...request, url: '/' })
    assert.equal(home?.headers?.['location'], '/playground/')
    assert.equal(await bare({ ...request, url: '/index.html' }), undefined)
    assert.equal(await bare({ ...request, url: '/@npm/allowed/dist/index.js' }), undefined)
  })
})
