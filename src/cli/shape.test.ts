import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { parseArguments, UsageError } from './options.ts'
import { runSpec } from './serve.ts'
import { checkShapeOptions, type Shape, shapeOf, withoutSecrets } from './shape.ts'

const servers = ['--bus', 'nats://b:4222', '--store', 'postgres://ada@s/game']

function shape(...options: string[]): Shape {
  const args = parseArguments(runSpec, ['game.ts', ...options])
  const made = shapeOf(args)
  checkShapeOptions(made, args)
  return made
}

describe('the shape of a run', () => {
  it('is one process, threads, or a part of a cluster', () => {
    assert.deepEqual(shape(), { kind: 'solo' })
    assert.deepEqual(shape('--shape', 'threads:4'), { kind: 'threads', threads: 4 })
    const part = shape(
      '--shape',
      'cluster',
      '--name',
      'gate-1',
      '--roles',
      'logic,gate',
      ...servers,
    )
    assert.deepEqual(part, {
      ...{ kind: 'cluster', name: 'gate-1', roles: ['gate', 'logic'], realm: undefined },
      ...{ bus: 'nats://b:4222', store: 'postgres://ada@s/game' },
    })
  })

  it('is named after its only role where it has no name', () => {
    const part = shape('--shape', 'cluster', '--roles', 'world', ...servers)
    assert.match(part.kind === 'cluster' ? part.name : '', /^world-[0-9a-z]{4,}$/)
  })

  it('finds addresses with secrets in a file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'realmkit-shape-'))
    const file = join(folder, 'store')
    writeFileSync(file, 'postgres://ada:secret@s/game\n')
    const part = shape('--shape', 'cluster', '--bus', 'nats://b', '--store', `@${file}`)
    rmSync(folder, { recursive: true })
    assert.equal(part.kind === 'cluster' && part.store, 'postgres://ada:secret@s/game')
  })

  const wrong: [what: string, options: string[], says: RegExp][] = [
    ['an unknown shape', ['--shape', 'heap'], /solo, threads:N or cluster/],
    ['no threads at all', ['--shape', 'threads:0'], /1 to 256/],
    ['an unknown role', ['--shape', 'cluster', '--roles', 'gate,king', ...servers], /'king'/],
    ['a bad name', ['--shape', 'cluster', '--name', 'a b', ...servers], /--name/],
    ['another store', ['--shape', 'cluster', '--bus', 'nats://b', '--store', 'my://s'], /postgres/],
    ['a bus in one process', ['--bus', 'nats://b'], /--bus needs --shape cluster/],
    ['a folder in a cluster', ['--shape', 'cluster', ...servers, '--data', 'x'], /--data/],
    [
      'a port without a gate',
      ['--shape', 'cluster', '--roles', 'room', ...servers, '--port', '1'],
      /--port needs the role gate/,
    ],
    ['a missing file', ['--shape', 'cluster', '--bus', '@/no/such/file'], /cannot be read/],
  ]
  for (const [what, options, says] of wrong) {
    it(`refuses ${what}`, () => {
      const refused = (error: unknown) => error instanceof UsageError && says.test(error.message)
      assert.throws(() => shape(...options), refused)
    })
  }
})

it('shows addresses without their secrets', () => {
  const shown: [string, string][] = [
    ['nats://a:4222', 'nats://a:4222'],
    ['nats://ada:secret@a:4222,nats://ada:secret@b', 'nats://ada@a:4222,nats://ada@b'],
    ['nats://token@a:4222', 'nats://a:4222'],
    ['postgres://ada:s%40e:c@h:5432/game?password=x', 'postgres://ada@h:5432/game'],
    ['postgres://ada@h/game', 'postgres://ada@h/game'],
  ]
  for (const [url, without] of shown) assert.equal(withoutSecrets(url), without)
})
