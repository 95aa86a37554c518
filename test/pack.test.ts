import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { root } from '../scripts/lib/project.ts'
import { startGame } from './game-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'realmkit-pack-'))
const project = join(folder, 'project')
const installed = join(project, 'node_modules/realmkit')

/** The Node.js of this process comes first, as it does in a project that has one of its own. */
const env = {
  ...process.env,
  PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH']}`,
}

function run(cwd: string, command: string, ...args: string[]): string {
  return execFileSync(command, args, { cwd, env, encoding: 'utf8', stdio: 'pipe' })
}

/** What a newcomer writes beside the game: it plays over a real socket and says what it saw. */
const client = `
import { connect } from 'realmkit/client'
import type game from './hello.ts'

const realm = await connect<typeof game>(String(process.argv[2]), { guest: 'Ada' })
const plaza = await realm.rooms.plaza.joinOrCreate()
// @ts-expect-error: there is no such command
plaza.send.fly
// @ts-expect-error: dx is a number
const wrong = () => plaza.send.walk({ dx: 'far', dy: 0 })
plaza.send.walk({ dx: 3, dy: 4 })
const walked = () => [...plaza.state.avatars.values()].find((avatar) => avatar.x === 3)
for (let waits = 0; !walked() && waits < 100; waits += 1) {
  await new Promise((resolve) => setTimeout(resolve, 50))
}
console.log(JSON.stringify(walked() ?? null))
process.exit(0)
`

const tsconfig = {
  compilerOptions: {
    target: 'esnext',
    module: 'nodenext',
    lib: ['esnext', 'dom', 'dom.iterable'],
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
    strict: true,
    noEmit: true,
    allowImportingTsExtensions: true,
    erasableSyntaxOnly: true,
    verbatimModuleSyntax: true,
  },
  include: ['*.ts', 'web'],
}

before(() => {
  run(root, 'npm', 'pack', '--pack-destination', folder)
  const [tarball = ''] = globSync('realmkit-*.tgz', { cwd: folder })
  cpSync(join(root, 'games/hello'), project, { recursive: true })
  writeFileSync(join(project, 'package.json'), '{ "type": "module", "private": true }')
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(tsconfig))
  writeFileSync(join(project, 'client.ts'), client)
  run(project, 'npm', 'install', '--prefer-offline', join(folder, tarball))
})

after(() => rmSync(folder, { recursive: true, force: true }))

describe('the packed tarball, installed into an empty project', () => {
  test('exports what package.json says, in the right form', async () => {
    const { messages, pkg } = await publint({ pkgDir: installed, pack: false, strict: true })
    assert.ok(pkg)
    const problems = messages.filter((message) => message.type !== 'suggestion')
    assert.deepEqual(
      problems.map((message) => formatMessage(message, pkg)),
      [],
    )
  })

  test('holds the code, its declarations and its pages, and no tests', () => {
    const files = globSync('**/*', { cwd: installed })
    for (const file of ['dist/index.js', 'dist/index.d.ts', 'dist/client/index.js', 'LICENSE']) {
      assert.ok(files.includes(file), file)
    }
    assert.deepEqual(
      files.filter((file) => /\.test\.|conformance|test-kit/.test(file)),
      [],
    )
    const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))
    assert.deepEqual(Object.keys(manifest.exports), ['.', './client', './package.json'])
  })

  test('type-checks a game and its client against the declarations', () => {
    try {
      run(project, join(root, 'node_modules/.bin/tsc'), '--pretty', 'false')
    } catch (error) {
      assert.fail(String((error as { stdout?: string }).stdout))
    }
  })

  test('runs the game with npx, and a client plays it', async () => {
    const program = ['npx', 'realmkit'] as const
    const game = await startGame(['dev', 'hello.ts'], { program, cwd: project, env })
    try {
      const avatar = JSON.parse(run(project, process.execPath, 'client.ts', game.url))
      assert.deepEqual({ x: avatar.x, y: avatar.y, name: avatar.name }, { x: 3, y: 4, name: 'Ada' })
      for (const page of [game.url, game.playground]) {
        assert.match(await (await fetch(page)).text(), /<!doctype html>/i)
      }
    } finally {
      await game.kill()
    }
    await assert.rejects(fetch(game.url), 'the game outlived the command that started it')
  })
})
