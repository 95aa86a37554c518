import { dirname, join } from 'node:path/posix'
import { isTest, type ProjectFile, projectFiles } from '../lib/project.ts'
import { type ImportSite, importsOf } from '../lib/scan.ts'
import { inspection } from '../lib/step.ts'
import { type FolderRule, face, house, testDoor, worldly } from './house.ts'

/**
 * Import directions of the house: arrows run down only, and another folder is entered by its
 * `index.ts`.
 */
export const imports = inspection('imports', () =>
  projectFiles('src/**/*.ts', 'games/**/*.ts').flatMap(importProblems),
)

/** What is wrong with the imports of one file, a line each. */
export function importProblems(file: ProjectFile): string[] {
  return importsOf(file.text).flatMap((site) => {
    const problem = file.path.startsWith('games/')
      ? gameProblem(file.path, site)
      : sourceProblem(file.path, site)
    return problem ? [`${file.path}:${site.line} imports ${site.specifier}: ${problem}`] : []
  })
}

/** Games are what a user writes: they import the package by its name, never its insides. */
function gameProblem(path: string, site: ImportSite): string | undefined {
  if (!site.specifier.startsWith('.')) return undefined
  const target = join(dirname(path), site.specifier)
  const home = path.split('/').slice(0, 2).join('/')
  if (target.startsWith(`${home}/`) || (isTest(path) && target.startsWith('test/')))
    return undefined
  return "a game imports only its own files, packages, 'realmkit' and 'realmkit/client'"
}

function sourceProblem(path: string, site: ImportSite): string | undefined {
  const folder = folderOf(path)
  const rule = folder === '' ? face : house[folder]
  if (!rule) return `src/${folder} has no row in scripts/steps/house.ts`
  if (site.specifier.startsWith('.')) return relativeProblem(path, folder, rule, site)
  if (isTest(path)) return undefined
  if (site.specifier.startsWith('node:')) return nodeProblem(path, folder, rule, site)
  if (rule.packages?.includes(packageOf(site.specifier))) return undefined
  return `src/${folder} may import no such package`
}

function relativeProblem(path: string, folder: string, rule: FolderRule, site: ImportSite) {
  const target = join(dirname(path), site.specifier)
  if (!/\.(ts|js|json)$/.test(target)) return 'a relative import ends in .ts'
  if (!target.startsWith('src/')) {
    return isTest(path) && /^(test|games)\//.test(target) ? undefined : 'it lies outside src'
  }
  const into = folderOf(target)
  if (into === folder) return undefined
  const door = target.slice('src/'.length)
  if (isTest(path) && testDoor.test(door)) return undefined
  if (into !== '' && door !== `${into}/index.ts`) return 'another folder is entered by its index.ts'
  if (isTest(path) || rule.folders.includes(into)) return undefined
  return `src/${folder || 'index.ts'} may not import ${into || door}`
}

function nodeProblem(path: string, folder: string, rule: FolderRule, site: ImportSite) {
  const name = packageOf(site.specifier.slice('node:'.length))
  if (rule.node?.includes(name) || (rule.node && worldly.test(path))) return undefined
  return rule.node
    ? `src/${folder} reaches ${name} only through a port`
    : `src/${folder} must run in browsers`
}

/** The folder of `src/` in which a file lies; '' for a file in `src/` itself. */
function folderOf(path: string): string {
  const parts = path.split('/')
  return parts.length > 2 ? (parts[1] ?? '') : ''
}

function packageOf(specifier: string): string {
  const parts = specifier.split('/')
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? '')
}
