import { RealmError } from '../errors/index.ts'
import { type BusRole, checkPrefix, placeOf } from './nats-subjects.ts'

/** Who a user of the NATS server may be. */
export interface NatsGrant {
  /**
   * Nodes of this role: those whose name is the role or begins with `role-` or `role.`; `node` are
   * those whose name begins with none.
   */
  readonly role: BusRole | 'node'
  /** This node alone. Without it the user may be any node of the role. */
  readonly node?: string
  /** As given to `natsBus`. Default `realm`. */
  readonly prefix?: string
}

/** What the server lets a user do, as it stands in the server's configuration. */
export interface NatsPermissions {
  readonly publish: { readonly allow: readonly string[] }
  readonly subscribe: { readonly allow: readonly string[] }
}

export interface NatsUser extends NatsGrant {
  readonly user: string
  /** Plain, or as `nats server passwd` hashes it: `$2a$…`. */
  readonly password: string
}

/**
 * The least a node needs: to hear its own inbox, questions about its own name and who comes and
 * goes; to send to every inbox, but only in its own name. Every role may reach every other, since
 * any actor may live on any node and all tell all when they come and go; what differs between roles
 * is whom they can pass for.
 * @throws RealmError `KEY_INVALID` where the node's name is not one of the role.
 */
export function natsPermissions({ role, node, prefix = 'realm' }: NatsGrant): NatsPermissions {
  checkPrefix(prefix)
  const place = node === undefined ? `${role}.*` : placeOf(node)
  if (!place.startsWith(`${role}.`)) {
    throw new RealmError('KEY_INVALID', `Node ${node} does not begin with its role, ${role}.`)
  }
  return {
    publish: {
      allow: [
        `${prefix}.in.*.*.*.${place}`,
        `${prefix}.who.*.*.${place}`,
        `${prefix}.here.${place}`,
      ],
    },
    subscribe: {
      allow: [`${prefix}.in.${place}.*.*.*`, `${prefix}.who.${place}.*.*`, `${prefix}.here.*.*`],
    },
  }
}

/**
 * The `authorization` block of a NATS server's configuration for these users.
 * @throws RealmError `KEY_INVALID`
 */
export function natsAuthorization(users: readonly NatsUser[]): string {
  const lines = users.map((grant) => {
    const { publish, subscribe } = natsPermissions(grant)
    return [
      `    { user: ${quoted(grant.user)}, password: ${quoted(grant.password)}, permissions: {`,
      `      publish: { allow: [${publish.allow.map(quoted).join(', ')}] }`,
      `      subscribe: { allow: [${subscribe.allow.map(quoted).join(', ')}] }`,
      '    } }',
    ].join('\n')
  })
  return `authorization {\n  users = [\n${lines.join('\n')}\n  ]\n}\n`
}

/** Text as the server's configuration reads it back. @throws RealmError `KEY_INVALID` */
function quoted(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not occur.
  if (/[\u0000-\u001f\u007f]/.test(text)) {
    throw new RealmError('KEY_INVALID', 'A user or password holds a control character.')
  }
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}
