import type { Role } from '../cluster/index.ts'
import { RealmError } from '../errors/index.ts'

/** What runs on one machine: the default export of a module, or the content of a JSON file. */
export interface Inventory {
  /** The game file, relative to this one. */
  readonly game: string
  /** What keeps realms on the same bus and store apart: small letters, digits and `_`. */
  readonly realm?: string
  /**
   * Where the bus is: `nats://HOST:4222`, `@FILE` that holds the address, or `start` for a server
   * on this machine that ends with the rest. Default: `REALMKIT_BUS` in the environment.
   */
  readonly bus?: string
  /**
   * Where the store is: `postgres://USER@HOST/DATABASE`, `@FILE` that holds the address, or `start`
   * for a server on this machine that ends with the rest. Default: `REALMKIT_STORE` in the
   * environment.
   */
  readonly store?: string
  /** Address on which gates listen. Default `0.0.0.0`. */
  readonly host?: string
  /** Other origins whose pages may connect. Default none. */
  readonly origins?: readonly string[]
  /** Clients come through a proxy that sets `X-Forwarded-For`. Default false. */
  readonly behindProxy?: boolean
  /** How long a process may take to stop before it is killed, in seconds, 1–3600. Default 30. */
  readonly stopSeconds?: number
  /** How long a process may not answer before it is killed, in seconds; 0 for ever. Default 10. */
  readonly hangSeconds?: number
  /** By their names: 1 to 64 letters, digits, `_` and `-`, best beginning with the role. */
  readonly processes: Readonly<Record<string, ProcessGroup>>
}

/** Processes that are alike. With a count above 1 they are called `NAME-1`, `NAME-2` … */
export interface ProcessGroup {
  /** Default all. */
  readonly roles?: readonly Role[]
  /** 1–256. Default 1. */
  readonly count?: number
  /** Of the first gate; each further one takes the next. Default any free port. */
  readonly port?: number
  /**
   * Where players reach a gate, with `{port}` for its port. Default the address it listens on;
   * where that is none in particular, clients know no other gate than the one they came to.
   */
  readonly public?: string
  /** For Node.js: `--max-old-space-size=2048` and the like. */
  readonly nodeOptions?: readonly string[]
}

/** One process to be run. */
export interface ProcessPlan {
  readonly name: string
  readonly group: string
  readonly roles: readonly Role[]
  /** Undefined where it is no gate; 0 takes any free port. */
  readonly port: number | undefined
  readonly publicUrl: string | undefined
  readonly nodeOptions: readonly string[]
}

const allRoles: readonly Role[] = ['gate', 'logic', 'room', 'world', 'center']
const processesMax = 1000

type Rule = (value: unknown) => string | undefined

const text: Rule = (value) =>
  typeof value === 'string' && value !== '' ? undefined : 'must be a text'
const texts: Rule = (value) =>
  Array.isArray(value) && value.every((one) => text(one) === undefined)
    ? undefined
    : 'must be a list of texts'
const flag: Rule = (value) => (typeof value === 'boolean' ? undefined : 'must be true or false')
const whole =
  (min: number, max: number): Rule =>
  (value) =>
    Number.isInteger(value) && (value as number) >= min && (value as number) <= max
      ? undefined
      : `must be a whole number from ${min} to ${max}`
const matching =
  (pattern: RegExp, what: string): Rule =>
  (value) =>
    typeof value === 'string' && pattern.test(value) ? undefined : `must be ${what}`
const roles: Rule = (value) =>
  Array.isArray(value) && value.length > 0 && value.every((role) => allRoles.includes(role))
    ? undefined
    : `must be a list of ${allRoles.join(', ')}`
const processes: Rule = (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length
    ? undefined
    : 'must name at least one process'

const inventoryRules: Readonly<Record<keyof Inventory, Rule>> = {
  game: text,
  realm: matching(/^[a-z][a-z0-9_]{0,31}$/, '1 to 32 small letters, digits and _'),
  bus: matching(/^(?:start$|@.|(?:nats|tls):\/\/.)/, 'start, @FILE or such as nats://HOST:4222'),
  store: matching(
    /^(?:start$|@.|postgres(?:ql)?:\/\/.)/,
    'start, @FILE or such as postgres://USER@HOST/DATABASE',
  ),
  host: text,
  origins: texts,
  behindProxy: flag,
  stopSeconds: whole(1, 3600),
  hangSeconds: whole(0, 3600),
  processes,
}

const groupRules: Readonly<Record<keyof ProcessGroup, Rule>> = {
  roles,
  count: whole(1, 256),
  port: whole(0, 65_535),
  public: matching(/^https?:\/\/./, 'such as https://game.example:{port}'),
  nodeOptions: texts,
}

const groupName = matching(/^[0-9a-zA-Z_-]{1,40}$/, 'of 1 to 40 letters, digits, _ and -')

/** @throws RealmError `INVENTORY_INVALID` that says where and what */
export function checkInventory(given: unknown): Inventory {
  checkObject('', given, inventoryRules)
  const inventory = given as Inventory
  checkPresent(inventory, ['game', 'processes'])
  for (const [name, group] of Object.entries(inventory.processes)) {
    const wrong = groupName(name)
    if (wrong) throw invalid(`The name of processes.${name} ${wrong}.`)
    checkObject(`processes.${name}`, group, groupRules)
    const gate = group.roles?.includes('gate') ?? true
    if (!gate && (group.port !== undefined || group.public !== undefined)) {
      throw invalid(`processes.${name} has a port or an address, but not the role gate.`)
    }
    if (group.public?.includes('{port}') && !group.port) {
      throw invalid(`processes.${name}.public names the port, which is any free one.`)
    }
  }
  checkPlans(plansOf(inventory))
  return inventory
}

/** The processes that an inventory names, in its order. */
export function plansOf({ processes }: Inventory): ProcessPlan[] {
  return Object.entries(processes).flatMap(([group, spec]) => {
    const { count = 1, roles = allRoles, nodeOptions = [] } = spec
    return Array.from({ length: count }, (_, index) => {
      const port = roles.includes('gate') ? nextPort(spec.port ?? 0, index) : undefined
      const name = count === 1 ? group : `${group}-${index + 1}`
      const publicUrl = spec.public?.replace('{port}', String(port))
      return { name, group, roles, port, publicUrl, nodeOptions }
    })
  })
}

/** Whether there are gates of which clients of others will not know. */
export function hasUnknownGates({ host = '0.0.0.0', ...inventory }: Inventory): boolean {
  const gates = plansOf(inventory).filter(({ port }) => port !== undefined)
  const anyAddress = host === '0.0.0.0' || host === '::'
  return anyAddress && gates.length > 1 && gates.some(({ publicUrl }) => publicUrl === undefined)
}

function nextPort(first: number, index: number): number {
  return first === 0 ? 0 : first + index
}

function checkPlans(plans: readonly ProcessPlan[]): void {
  if (plans.length > processesMax) throw invalid(`More than ${processesMax} processes.`)
  const [names, ports] = [new Set<string>(), new Map<number, string>()]
  for (const { name, port } of plans) {
    if (names.has(name)) throw invalid(`Two processes are called ${name}.`)
    names.add(name)
    if (port === undefined || port === 0) continue
    if (port > 65_535) throw invalid(`${name} would have port ${port}, above 65535.`)
    const other = ports.get(port)
    if (other !== undefined) throw invalid(`${other} and ${name} both have port ${port}.`)
    ports.set(port, name)
  }
}

function checkObject(path: string, given: unknown, rules: Readonly<Record<string, Rule>>): void {
  const place = path === '' ? 'The inventory' : path
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw invalid(`${place} must be an object.`)
  }
  for (const [key, value] of Object.entries(given)) {
    const where = path === '' ? key : `${path}.${key}`
    const rule = Object.hasOwn(rules, key) ? rules[key] : undefined
    const known = Object.keys(rules).join(', ')
    if (rule === undefined) throw invalid(`${where} is unknown; known are: ${known}.`)
    const wrong = value === undefined ? undefined : rule(value)
    if (wrong !== undefined) throw invalid(`${where} ${wrong}.`)
  }
}

function checkPresent(given: Inventory, keys: readonly (keyof Inventory)[]): void {
  for (const key of keys) if (given[key] === undefined) throw invalid(`${key} is missing.`)
}

function invalid(detail: string): RealmError {
  return new RealmError('INVENTORY_INVALID', detail)
}
