import assert from 'node:assert/strict'
import { test } from 'node:test'
import { docBlocks } from './docs.ts'

const document = `# Title

\`\`\`ts
// hello.ts — a game
export const a = 1
\`\`\`

\`\`\`sh
npm start
\`\`\`

\`\`\`ts no-check pseudo code of the wire
frame
\`\`\`
\`\`\`ts no-check
b
\`\`\`
`

test('TypeScript blocks are found with their line, name and reason', () => {
  assert.deepEqual(docBlocks(document), [
    {
      name: 'hello.ts',
      line: 3,
      code: '// hello.ts — a game\nexport const a = 1\n',
      uncheckedBecause: undefined,
    },
    { name: undefined, line: 12, code: 'frame\n', uncheckedBecause: 'pseudo code of the wire' },
    { name: undefined, line: 15, code: 'b\n', uncheckedBecause: '' },
  ])
})
