/**
 * A source text with its comments blanked and its strings taken out; line numbers stay as they
 * were.
 */
export interface Scanned {
  /** The code; a string literal reads `'§N'`, where N is its place in `strings`. */
  readonly code: string
  readonly strings: readonly string[]
}

const token =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`|[{}]|\/(?![/*])/g
const regexLiteral = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y
const beforeRegex = /(?:^|[(,=:[!&|?{};+\-*%~^<>]|\breturn|\btypeof|\bcase|=>)\s*$/

/**
 * Scans TypeScript just closely enough to tell code from comments and strings. Text inside a
 * template literal is blanked, the expressions inside its `${…}` stay code.
 */
export function scan(text: string): Scanned {
  const strings: string[] = []
  /** For every open template literal: how many braces are open inside its current `${…}`. */
  const templates: number[] = []
  let code = ''
  let at = 0
  while (at < text.length) {
    token.lastIndex = at
    const match = token.exec(text)
    const start = match?.index ?? text.length
    code += text.slice(at, start)
    if (!match) break
    const found = match[0]
    at = start + found.length
    if (found.startsWith('//') || found.startsWith('/*')) code += blank(found)
    else if (found === '/') {
      const end = beforeRegex.test(code.slice(-40)) ? regexEnd(text, start) : at
      code += end > at ? '/ /' : found
      at = end
    } else if (found === '`' || (found === '}' && templates.at(-1) === 0)) {
      const end = templateText(text, at)
      if (found === '}') templates.pop()
      code += found + blank(text.slice(at, end)) + (text[end] === '`' ? '`' : '${')
      if (text[end] === '$') templates.push(0)
      at = end + (text[end] === '$' ? 2 : 1)
    } else if (found === '{' || found === '}') {
      const open = templates.length - 1
      if (open >= 0) templates[open] = (templates[open] ?? 0) + (found === '{' ? 1 : -1)
      code += found
    } else code += `'§${strings.push(found.slice(1, -1)) - 1}'`
  }
  return { code, strings }
}

/** An import, re-export or dynamic import with a literal specifier. */
export interface ImportSite {
  readonly specifier: string
  readonly line: number
  /** Whether it disappears when types are stripped (`import type`, `export type … from`). */
  readonly typeOnly: boolean
}

const importSite =
  /\b(?:import|export)\s+(type\s)?[^'`;()]*?\bfrom\s*'§(\d+)'|\bimport\s*\(?\s*'§(\d+)'/g

/** Everything a source text imports. */
export function importsOf(text: string): ImportSite[] {
  const { code, strings } = scan(text)
  return [...code.matchAll(importSite)].map((match) => ({
    specifier: strings[Number(match[2] ?? match[3])] ?? '',
    line: code.slice(0, match.index + match[0].length).split('\n').length,
    typeOnly: match[1] !== undefined,
  }))
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, ' ')
}

function regexEnd(text: string, start: number): number {
  regexLiteral.lastIndex = start
  return regexLiteral.test(text) ? regexLiteral.lastIndex : start + 1
}

/** Where the literal text of a template ends: at its closing backtick or at the next `${`. */
function templateText(text: string, from: number): number {
  let at = from
  while (at < text.length && text[at] !== '`' && !text.startsWith('${', at)) {
    at += text[at] === '\\' ? 2 : 1
  }
  return at
}
