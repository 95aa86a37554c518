import { type ProjectFile, projectFiles } from '../lib/project.ts'
import { inspection } from '../lib/step.ts'

const lineColumnsMax = 100
const codeFiles = ['src', 'games', 'scripts', 'test', 'bench', 'bin'].map(
  (folder) => `${folder}/**/*.{ts,js,html,css}`,
)

/**
 * Lines of bounded width, comments and strings included, which the formatter leaves alone. Files
 * and functions are held to their lengths by the linter.
 */
export const columns = inspection('columns', () =>
  projectFiles(...codeFiles).flatMap(columnProblems),
)

/** Which lines of one file are too wide. A line that is one address cannot be broken. */
export function columnProblems(file: ProjectFile): string[] {
  return file.text.split('\n').flatMap((line, index) => {
    const width = [...line].length
    if (width <= lineColumnsMax || /^\s*(?:\/\/|\*)?\s*https?:\/\/\S+$/.test(line)) return []
    return [`${file.path}:${index + 1} has ${width} columns, more than ${lineColumnsMax}`]
  })
}
