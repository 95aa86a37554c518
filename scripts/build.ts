import { cpSync, globSync, mkdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from './lib/project.ts'
import { runProgram } from './lib/step.ts'

/** What pages need beside their code. */
const assets = 'src/**/*.{html,css,svg,png,ico,woff2}'

rmSync(join(root, 'dist'), { recursive: true, force: true })
const compiled = await runProgram('tsc', ['--project', 'tsconfig.build.json', '--pretty', 'false'])
if (!compiled.ok) {
  console.error(compiled.output)
  process.exit(1)
}
for (const path of globSync(assets, { cwd: root })) {
  const target = join(root, path.replace(/^src/, 'dist'))
  mkdirSync(dirname(target), { recursive: true })
  cpSync(join(root, path), target)
}
