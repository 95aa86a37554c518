import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { relative } from 'node:path/posix'
import { type DocBlock, docBlocks } from '../lib/docs.ts'
import { type ProjectFile, projectFiles, root } from '../lib/project.ts'
import { runProgram, type Step } from '../lib/step.ts'

const folder = '.docs'
const documents = ['README*.md', 'docs/**/*.md', 'src/**/README.md', 'games/**/README.md']

/**
 * What the blocks are held to: everything but rules that would make an example longer than its
 * point.
 */
const config = {
  extends: '../tsconfig.json',
  compilerOptions: {
    moduleDetection: 'force',
    noUnusedLocals: false,
    noUnusedParameters: false,
  },
  include: [],
}

/**
 * Every TypeScript block of the documents compiles against the source as a reader's own file would.
 */
export const docs: Step = {
  name: 'docs',
  run: async () => {
    rmSync(join(root, folder), { recursive: true, force: true })
    const written = projectFiles(...documents).map(writeBlocks)
    const problems = written.flatMap((one) => one.problems)
    if (problems.length > 0) return { ok: false, output: problems.join('\n') }
    const files = written.flatMap((one) => one.files)
    if (files.length === 0) return { ok: true, output: '' }
    write(join(folder, 'tsconfig.json'), JSON.stringify({ ...config, files }))
    const result = await runProgram('tsc', ['--project', folder, '--pretty', 'false'])
    return { ok: result.ok, output: result.output.replace(blockPath, '$1') }
  },
}

/**
 * The path of a written block up to its line; the document and its line are what a reader looks
 * for.
 */
const blockPath = /^\.docs\/(\S+\.md)\/[^(\n]+/gm

/**
 * Writes each block of a document to a file of its own. Blank lines before it put it on the line it
 * has in the document, so that the compiler's messages point there.
 */
function writeBlocks(document: ProjectFile): { files: string[]; problems: string[] } {
  const blocks = docBlocks(document.text)
  const names = blocks.flatMap((block) => block.name ?? [])
  const files: string[] = []
  const problems: string[] = []
  for (const [index, block] of blocks.entries()) {
    const place = `${document.path}:${block.line}`
    if (block.uncheckedBecause === '') problems.push(`${place} is not checked and does not say why`)
    if (block.uncheckedBecause !== undefined) continue
    const file = join(document.path, block.name ?? `block-${index + 1}.ts`)
    if (files.includes(file)) problems.push(`${place} is named ${block.name}, as is another block`)
    files.push(file)
    const code = withRealPaths(block, document.path, names)
    write(join(folder, file), '\n'.repeat(block.line) + code)
  }
  return { files, problems }
}

/** A relative import that names no block of the document means a file beside the document. */
function withRealPaths(block: DocBlock, document: string, names: readonly string[]): string {
  return block.code.replace(/(from\s+|import\s+|import\()'(\.[^']+)'/g, (all, head, specifier) => {
    if (names.includes(specifier.replace('./', ''))) return all
    const home = join(folder, document)
    const target = relative(home, join(dirname(document), specifier))
    return `${head}'${target}'`
  })
}

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}
