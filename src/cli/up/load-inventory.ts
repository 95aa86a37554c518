import { existsSync, readFileSync } from 'node:fs'
import { basename, extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { RealmError } from '../../errors/index.ts'
import { checkInventory, type Inventory } from '../../ops/index.ts'
import { resolveOwnModules } from '../load.ts'
import { moduleHooks } from '../modules/index.ts'

/** As it stands in the file now. @throws RealmError `INVENTORY_MISSING`, `INVENTORY_INVALID` */
export async function loadInventory(path: string): Promise<Inventory> {
  const file = resolve(path)
  if (!existsSync(file)) throw new RealmError('INVENTORY_MISSING', `File: ${path}.`)
  return checkInventory(extname(file) === '.json' ? jsonOf(file) : await exportOf(file))
}

/** `.realmkit/NAME` for NAME.json: where what belongs to the running processes is. */
export function folderOf(path: string): string {
  return resolve('.realmkit', basename(path, extname(path)))
}

function jsonOf(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new RealmError('INVENTORY_INVALID', `It is not JSON: ${why}.`)
  }
}

async function exportOf(file: string): Promise<unknown> {
  resolveOwnModules()
  try {
    const loaded = await import(`${pathToFileURL(file).href}?at=${performance.now()}`)
    return (loaded as { default?: unknown }).default
  } catch (error) {
    throw new RealmError('INVENTORY_MISSING', '', { cause: moduleHooks.failure(error) })
  }
}
