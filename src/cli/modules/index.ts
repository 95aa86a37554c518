import { bunHooks } from './bun.ts'
import type { ModuleHooks } from './hooks.ts'
import { nodeHooks } from './node.ts'

/** Those of the runtime that this process is. */
export const moduleHooks: ModuleHooks = 'bun' in process.versions ? bunHooks : nodeHooks
