import { after } from 'node:test'
import { storeConformance } from '../ports/conformance/store.ts'
import { postgresStore } from './postgres.ts'
import { startPostgres } from './test-kit/postgres.ts'

// Nothing here is killed, so nothing need be forced to disk.
const server = await startPostgres({ fsync: 'off' })
after(() => server.stop())

storeConformance('postgres', () => postgresStore({ url: server.url, schema: server.freshSchema() }))
