import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ErrorEntry, errorRegistry } from '../../src/errors/registry.ts'
import { root } from './project.ts'

/** Where the table of all errors stands. */
export const errorsDocPath = 'docs/errors.md'

const introduction = `# Errors

Every error that Realmkit answers with has a stable code: it stands in the log, in the reply to the
client, in the HTTP body and on the command line. *HTTP* is the status of an HTTP answer. *Close* is
the code with which a WebSocket connection ends; without one the connection stays open. *Retry* says
whether the same request may succeed later. Whatever a client sends, the process and everybody else
go on.

This page is generated from \`src/errors/registry.ts\` by \`npm run docs:errors\`.
`

/**
 * The text of `docs/errors.md` as the registry has it now: one table for each section of the
 * registry.
 */
export function errorsDoc(): string {
  const sections = registrySections(readFileSync(join(root, 'src/errors/registry.ts'), 'utf8'))
  const tables = sections.map(({ title, codes }) => {
    const rows = codes.map((code) => row(code, registered(code)))
    return `\n## ${title}\n\n${heading}\n${rows.join('\n')}\n`
  })
  return introduction + tables.join('')
}

const heading =
  '| code | HTTP | close | retry | what is wrong | what to do next |\n|---|---|---|---|---|---|'

function row(code: string, entry: ErrorEntry): string {
  const cells = [
    `<a id="${code}"></a>\`${code}\``,
    entry.status,
    entry.close ?? '–',
    entry.retry ? 'yes' : 'no',
    entry.message,
    entry.next,
  ]
  return `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`
}

function registered(code: string): ErrorEntry {
  const entry: ErrorEntry | undefined = Object.entries(errorRegistry).find(
    ([key]) => key === code,
  )?.[1]
  if (!entry) throw new Error(`${code} stands in the text of the registry but is no key of it`)
  return entry
}

/**
 * The sections of the registry, which its comments `// ── title ──` open, each with its codes in
 * order.
 */
export function registrySections(source: string): { title: string; codes: string[] }[] {
  const sections: { title: string; codes: string[] }[] = []
  for (const [, title, code] of source.matchAll(
    /^ {2}(?:\/\/ ── (.+?) ─+$|([A-Z][A-Z0-9_]*): \{)/gm,
  )) {
    if (title) sections.push({ title, codes: [] })
    else if (code) sections.at(-1)?.codes.push(code)
  }
  return sections
}
