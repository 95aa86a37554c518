import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type CommandSpec, helpOf, parseArguments, UsageError } from './options.ts'

const spec: CommandSpec = {
  name: 'run',
  positional: 'FILE',
  summary: 'Runs a game.',
  options: {
    port: { value: 'PORT', text: 'port to listen on' },
    json: { text: 'JSON' },
  },
}

function port(...args: string[]): number {
  const bounds = { min: 0, max: 65_535, fallback: 7777 }
  return parseArguments(spec, ['game.ts', ...args]).integer('port', bounds)
}

describe('the command line', () => {
  test('gives what was said, and what holds where nothing was', () => {
    const args = parseArguments(spec, ['--port=80', 'game.ts', '--json'])
    assert.equal(args.positional, 'game.ts')
    assert.equal(args.text('port'), '80')
    assert.equal(args.flag('json'), true)
    assert.equal(parseArguments(spec, ['game.ts']).flag('json'), false)
    assert.equal(port(), 7777)
    assert.equal(port('--port', '0'), 0)
    assert.equal(port('--port', '65535'), 65_535)
  })

  test('takes whole numbers within their bounds only', () => {
    for (const wrong of ['', 'x', '1.5', '1e3', '0x10', '-1', ' 5', '65536', '9'.repeat(40)]) {
      assert.throws(() => port(`--port=${wrong}`), UsageError, wrong)
    }
  })

  test('refuses what it does not know in one line', () => {
    const lines = [
      [],
      ['a.ts', 'b.ts'],
      ['a.ts', '--bogus'],
      ['a.ts', '--port'],
      ['a.ts', '--json=yes'],
      ['a.ts', '-x'],
    ]
    for (const args of lines) {
      assert.throws(
        () => parseArguments(spec, args),
        (error) => error instanceof UsageError && !error.message.includes('\n'),
        args.join(' '),
      )
    }
  })

  test('what follows -- is no option', () => {
    assert.equal(parseArguments(spec, ['--', '--odd.ts']).positional, '--odd.ts')
  })

  test('help names every option', () => {
    const help = helpOf(spec)
    assert.match(help, /^realmkit run FILE/)
    for (const part of ['--port PORT', '--json', '--help']) assert.ok(help.includes(part), part)
  })
})
