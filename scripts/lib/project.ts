import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The folder of package.json, absolute, with a slash at its end. */
export const root = new URL('../../', import.meta.url).pathname

/** One file of the project as the steps of the check see it. */
export interface ProjectFile {
  /** Path from the root, with forward slashes. */
  readonly path: string
  readonly text: string
}

const excluded = ['**/node_modules/**', 'dist/**', '.docs/**', '.realmkit/**', 'tmp/**']

/**
 * All files that match the patterns, sorted by path; build results and dependencies are left out.
 */
export function projectFiles(...patterns: string[]): ProjectFile[] {
  const paths = globSync(patterns, { cwd: root, exclude: excluded })
  return paths.sort().map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
}

/** Whether a file is a test or only serves tests, and so ships to nobody. */
export function isTest(path: string): boolean {
  return /\.test\.ts$|^test\/|\/(?:conformance|test-kit)\//.test(path)
}

/** The line on which an offset of a text lies, from 1. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length
}
