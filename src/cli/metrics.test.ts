import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RealmError } from '../errors/index.ts'
import type { ProcessStatus } from '../ops/index.ts'
import { metricsOption, metricsPlace, serveMetrics } from './metrics.ts'
import { parseArguments, UsageError } from './options.ts'

const spec = { name: 'run', positional: '[FILE]', summary: '', options: metricsOption }
const placeOf = (...args: string[]) => metricsPlace(parseArguments(spec, args))
const silent: ProcessStatus = {
  ...{ name: 'solo', roles: [], state: 'ready', pid: 1, upSeconds: 1, port: 1 },
  ...{ restarts: 0, figures: undefined },
}

describe('serving metrics', () => {
  it('is asked for by a port, or an address with one', () => {
    assert.equal(placeOf(), undefined)
    assert.deepEqual(placeOf('--metrics', '9464'), { host: '127.0.0.1', port: 9464 })
    assert.deepEqual(placeOf('--metrics', '0.0.0.0:80'), { host: '0.0.0.0', port: 80 })
    assert.deepEqual(placeOf('--metrics', '[::1]:80'), { host: '::1', port: 80 })
    for (const wrong of ['', 'x', '80:', '70000', ':80']) {
      assert.throws(() => placeOf('--metrics', wrong), UsageError)
    }
  })

  it('answers one question, and no other', async () => {
    let broken = false
    const server = await serveMetrics({ host: '127.0.0.1', port: 0 }, async () => {
      if (broken) throw new Error('nobody is there')
      return [silent]
    })
    const url = server.url as string
    const answer = await fetch(url)
    assert.match(answer.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
    assert.match(await answer.text(), /^realmkit_process_up\{process="solo"\} 0$/m)
    assert.equal((await fetch(new URL('/', url))).status, 404)
    assert.equal((await fetch(url, { method: 'POST' })).status, 404)
    broken = true
    assert.equal((await fetch(url)).status, 503)
    const { port } = new URL(url)
    await assert.rejects(
      serveMetrics({ host: '127.0.0.1', port: Number(port) }, async () => []),
      (error) => error instanceof RealmError && error.code === 'PORT_IN_USE',
    )
    server.close()
  })
})
