import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, describe, it } from 'node:test'
import type { Store } from '../ports/index.ts'
import { sqliteStore } from './sqlite.ts'

const directory = mkdtempSync(join(tmpdir(), 'realmkit-format-'))
after(() => rmSync(directory, { recursive: true, force: true }))

async function write(store: Store, key: string, value: Uint8Array | undefined): Promise<number> {
  const result = await store.transact({ checks: [], writes: [{ key, value }] })
  assert.ok(result.ok)
  return result.versions[0] ?? 0
}

/** A file as the first format had it: versions count the writes of each key. */
function fileOfFirstFormat(name: string): string {
  const file = join(directory, name)
  const database = new DatabaseSync(file)
  database.exec(`
    CREATE TABLE records (
      id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE,
      version INTEGER NOT NULL, value BLOB NOT NULL
    ) STRICT;
    INSERT INTO records (key, version, value) VALUES ('own/a', 41, x'01'), ('own/b', 7, x'02');
    PRAGMA application_id = ${0x52_4c_4d_4b};
    PRAGMA user_version = 1`)
  database.close()
  return file
}

describe('sqlite store, formats', () => {
  it('opens a file of the first format and goes on above its highest version', async () => {
    const file = fileOfFirstFormat('first.db')
    const store = await sqliteStore({ file })
    assert.deepEqual(await store.read('own/a'), {
      key: 'own/a',
      version: 41,
      value: Uint8Array.of(1),
    })
    assert.ok((await write(store, 'own/b', Uint8Array.of(3))) > 41)
    assert.ok((await write(store, 'new', Uint8Array.of(4))) > 41)
    await store.close()
    const again = await sqliteStore({ file })
    assert.equal((await again.read('own/a'))?.version, 41)
    await again.close()
  })

  it('remembers the versions of what was deleted when it is opened again', async () => {
    const file = join(directory, 'deleted.db')
    const first = await sqliteStore({ file })
    const before = await write(first, 'own/a', Uint8Array.of(1))
    await write(first, 'own/a', undefined)
    await first.close()
    const second = await sqliteStore({ file })
    assert.ok((await write(second, 'own/a', Uint8Array.of(2))) > before)
    await second.close()
  })
})
