import { type ErrorEntry, errorSections } from '../../src/errors/index.ts'

/** Where the table of all errors stands. */
export const errorsDocPath = 'docs/errors.md'

const introduction = `# Errors

Every error that Realmkit answers with has a stable code: it stands in the log, in the reply to the
client, in the HTTP body and on the command line. *HTTP* is the status of an HTTP answer. *Close* is
the code with which a WebSocket connection ends; without one the connection stays open. *Retry* says
whether the same request may succeed later. Whatever a client sends, the process and everybody else
go on.

This page is generated from \`src/errors/registry/\` by \`npm run docs:errors\`.
`

/**
 * The text of `docs/errors.md` as the registry has it now: one table for each section of the
 * registry.
 */
export function errorsDoc(): string {
  const tables = errorSections.map(({ title, errors }) => {
    const rows = Object.entries(errors).map(([code, entry]) => row(code, entry))
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
