/** One fenced block of TypeScript in a document. */
export interface DocBlock {
  /**
   * The name that its first line gives it (`// hello.ts`), by which other blocks of the document
   * import it.
   */
  readonly name: string | undefined
  /** The line of its opening fence, from 1. */
  readonly line: number
  readonly code: string
  /** Why the block is not checked; undefined where it is. */
  readonly uncheckedBecause: string | undefined
}

const fence = /^```(?:ts|typescript)\b[^\S\n]*([^\n]*)\n([\s\S]*?)^```\s*$/gm

/** All TypeScript blocks of a Markdown text, in order. */
export function docBlocks(markdown: string): DocBlock[] {
  return [...markdown.matchAll(fence)].map((match) => {
    const info = match[1]?.trim() ?? ''
    const code = match[2] ?? ''
    return {
      name: /^\/\/ ([\w-]+\.ts)\b/.exec(code)?.[1],
      line: markdown.slice(0, match.index).split('\n').length,
      code,
      uncheckedBecause: info.startsWith('no-check')
        ? info.slice('no-check'.length).trim()
        : undefined,
    }
  })
}
