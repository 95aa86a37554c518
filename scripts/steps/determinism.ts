import { isTest, lineAt, type ProjectFile, projectFiles } from '../lib/project.ts'
import { scan } from '../lib/scan.ts'
import { inspection } from '../lib/step.ts'
import { adapter, worldly } from './house.ts'

/** Names that bring the machine's time or chance into the process. */
const clockAndChance = new RegExp(
  [
    String.raw`\b(?:Date\.now|performance\.now|performance\.timeOrigin|Temporal\.Now)\b`,
    String.raw`\bprocess\.(?:hrtime|uptime)\b|\bnew Date\(\s*\)`,
    // A socket's own limit on silence is none of the host's timers.
    String.raw`(?<!\bsocket\.)\b(?:setTimeout|setInterval)\b`,
    String.raw`\b(?:Math\.random|randomUUID|randomBytes|randomInt|randomFill|getRandomValues)\b`,
  ].join('|'),
  'g',
)

/** What gives the host's loop its turn: only adapters, which live in that loop, may ask for it. */
const turnOfTheLoop = /\bsetImmediate\b/g

const builtFromText = /\beval\s*\(|\bnew\s+Function\b|\bFunction\s*\(/g

/**
 * No clock, timer or chance past the ports, and nowhere code built from text: that keeps a seed's
 * history its own.
 */
export const determinism = inspection('determinism', () =>
  projectFiles('src/**/*.ts', 'games/**/*.ts').flatMap(determinismProblems),
)

/** What one file does that only the ports may do, a line each. */
export function determinismProblems(file: ProjectFile): string[] {
  const { code } = scan(file.text)
  const found = [...code.matchAll(builtFromText)].map(
    (match) => `${file.path}:${lineAt(code, match.index)} builds code from text: ${match[0]}`,
  )
  if (isTest(file.path) || worldly.test(file.path) || !file.path.startsWith('src/')) return found
  const turns = adapter.test(file.path) ? [] : code.matchAll(turnOfTheLoop)
  const reached = [...code.matchAll(clockAndChance), ...turns].map(
    (match) => `${file.path}:${lineAt(code, match.index)} uses ${match[0]}: take it from a port`,
  )
  return [...found, ...reached]
}
