import { type ProjectFile, projectFiles } from '../lib/project.ts'
import { inspection } from '../lib/step.ts'

const fileLinesMax = 400
const lineColumnsMax = 100
const codeFiles = ['src', 'games', 'scripts', 'test', 'bench', 'bin'].map(
  (folder) => `${folder}/**/*.{ts,js,html,css}`,
)

/** Files and lines of bounded size. Functions are held to their 70 lines by the linter. */
export const limits = inspection('limits', () => projectFiles(...codeFiles).flatMap(limitProblems))

/** Which limits one file breaks, a line each. */
export function limitProblems(file: ProjectFile): string[] {
  const lines = file.text.split('\n')
  const long = lines.flatMap((line, index) =>
    [...line].length > lineColumnsMax && !/^\s*(?:\/\/|\*)?\s*https?:\/\/\S+$/.test(line)
      ? [`${file.path}:${index + 1} has ${[...line].length} columns, more than ${lineColumnsMax}`]
      : [],
  )
  const count = lines.length - 1
  return count > fileLinesMax
    ? [`${file.path} has ${count} lines, more than ${fileLinesMax}: split it`, ...long]
    : long
}
