import { fileURLToPath } from 'node:url'

const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
const program = fileURLToPath(new URL(`./main${extension}`, import.meta.url))

/** How this very program is started once more; its arguments follow. */
export function ownCommand(nodeOptions: readonly string[] = []): [string, ...string[]] {
  return [process.execPath, ...process.execArgv, ...nodeOptions, program]
}
