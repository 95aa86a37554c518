import { actorErrors } from './actor.ts'
import { cliErrors } from './cli.ts'
import { clientErrors } from './client.ts'
import type { ErrorEntry } from './entry.ts'
import { gateErrors } from './gate.ts'
import { internalErrors } from './internal.ts'
import { portsErrors } from './ports.ts'
import { roomErrors } from './room.ts'
import { schemaErrors } from './schema.ts'
import { worldErrors } from './world.ts'

export type { ErrorEntry } from './entry.ts'

/**
 * Every error Realmkit can answer with. Codes are stable: never rename or reuse one.
 * `docs/errors.md` is generated from this table and a test pins the two together.
 */
export const errorRegistry = {
  ...schemaErrors,
  ...gateErrors,
  ...actorErrors,
  ...portsErrors,
  ...roomErrors,
  ...worldErrors,
  ...clientErrors,
  ...cliErrors,
  ...internalErrors,
}

/** The stable code of a registered error. */
export type ErrorCode = keyof typeof errorRegistry

/** The registry by the parts that answer with its errors, for documents. */
export const errorSections: readonly {
  readonly title: string
  readonly errors: Readonly<Record<string, ErrorEntry>>
}[] = [
  { title: 'schema', errors: schemaErrors },
  { title: 'protocol, gate', errors: gateErrors },
  { title: 'cluster, actor', errors: actorErrors },
  { title: 'ports: bus, store, net', errors: portsErrors },
  { title: 'room', errors: roomErrors },
  { title: 'world', errors: worldErrors },
  { title: 'client', errors: clientErrors },
  { title: 'command line', errors: cliErrors },
  { title: 'everything else', errors: internalErrors },
]
