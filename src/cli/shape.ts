import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import type { Role } from '../cluster/index.ts'
import { type Arguments, type OptionSpec, UsageError } from './options.ts'

/** In which form a game runs. */
export type Shape =
  | { readonly kind: 'solo' }
  | { readonly kind: 'threads'; readonly threads: number }
  | ClusterShape

/** One process of a cluster. */
export interface ClusterShape {
  readonly kind: 'cluster'
  readonly name: string
  readonly roles: readonly Role[]
  /** With its secrets. */
  readonly bus: string
  /** With its secrets. */
  readonly store: string
  /** What keeps realms on the same servers apart; undefined for the one that needs no name. */
  readonly realm: string | undefined
}

export const shapeOptions: Readonly<Record<string, OptionSpec>> = {
  shape: {
    value: 'SHAPE',
    text: 'solo: one process · threads:N: N threads (all cores) · cluster (solo)',
  },
  roles: { value: 'ROLES', text: 'cluster: gate,logic,room,world,center or all (all)' },
  name: { value: 'NAME', text: 'cluster: of this process, unique; best begins with its role' },
  bus: { value: 'URL', text: 'cluster: nats://HOST:PORT, or @FILE that holds it (REALMKIT_BUS)' },
  store: {
    value: 'URL',
    text: 'cluster: postgres://USER@HOST/DATABASE, or @FILE that holds it (REALMKIT_STORE)',
  },
  realm: { value: 'NAME', text: 'cluster: tells realms on the same bus and store apart' },
}

const roles: readonly Role[] = ['gate', 'logic', 'room', 'world', 'center']
const threadsMax = 256
const namePattern = /^[0-9a-zA-Z_.-]{1,64}$/
const realmPattern = /^[a-z][a-z0-9_]{0,31}$/

/** @throws UsageError */
export function shapeOf(args: Arguments): Shape {
  const text = args.text('shape') ?? 'solo'
  const [kind, count, ...rest] = text.split(':')
  if (rest.length === 0 && kind === 'threads') return { kind, threads: threadsOf(count) }
  if (kind === 'cluster' && count === undefined) return clusterOf(args)
  if (kind !== 'solo' || count !== undefined) {
    throw new UsageError(`--shape takes solo, threads:N or cluster, not '${text}'`)
  }
  return { kind }
}

/** @throws UsageError for options that mean nothing in the shape */
export function checkShapeOptions(shape: Shape, args: Arguments): void {
  const foreign = shape.kind === 'cluster' ? ['data', 'memory'] : clusterOnly
  for (const option of foreign) {
    if (args.text(option) === undefined && !args.flag(option)) continue
    const need = shape.kind === 'cluster' ? 'a shape other than' : ''
    throw new UsageError(`--${option} needs ${need} --shape cluster`.replace('  ', ' '))
  }
  if (shape.kind !== 'cluster' || shape.roles.includes('gate')) return
  for (const option of ['port', 'host', 'public', 'origin', 'behind-proxy']) {
    if (args.text(option) === undefined && !args.flag(option)) continue
    throw new UsageError(`--${option} needs the role gate: no other one is connected to`)
  }
}

const clusterOnly = ['roles', 'name', 'bus', 'store', 'realm', 'share-port', 'stop-seconds']

function threadsOf(count: string | undefined): number {
  const threads = count === undefined ? availableParallelism() : Number(count)
  if (Number.isInteger(threads) && threads >= 1 && threads <= threadsMax) return threads
  throw new UsageError(`--shape threads:N takes 1 to ${threadsMax} threads, not '${count}'`)
}

function clusterOf(args: Arguments): ClusterShape {
  const own = rolesOf(args.text('roles') ?? 'all')
  return {
    kind: 'cluster',
    name: nameOf(args.text('name'), own),
    roles: own,
    bus: serverOf(args, 'bus', /^(?:nats|tls):\/\//, 'nats://HOST:4222'),
    store: serverOf(args, 'store', /^postgres(?:ql)?:\/\//, 'postgres://USER@HOST/DATABASE'),
    realm: realmOf(args.text('realm')),
  }
}

/** @throws UsageError */
function rolesOf(text: string): readonly Role[] {
  const named = text.split(',').map((role) => role.trim())
  if (named.length === 1 && named[0] === 'all') return roles
  for (const role of named) {
    if (roles.includes(role as Role)) continue
    throw new UsageError(`--roles takes ${roles.join(', ')} or all, not '${role}'`)
  }
  return roles.filter((role) => named.includes(role))
}

function nameOf(given: string | undefined, own: readonly Role[]): string {
  if (given === undefined) {
    const draw = Math.random().toString(36).slice(2, 8)
    return `${own.length === 1 ? own[0] : 'node'}-${draw}`
  }
  if (namePattern.test(given)) return given
  throw new UsageError(`--name takes 1 to 64 letters, digits, _, - and ., not '${given}'`)
}

function realmOf(given: string | undefined): string | undefined {
  if (given === undefined || realmPattern.test(given)) return given
  throw new UsageError(`--realm takes 1 to 32 small letters, digits and _, not '${given}'`)
}

/** A URL that may hold a password: given as it is, in a file, or in the environment. */
function serverOf(args: Arguments, option: 'bus' | 'store', form: RegExp, such: string): string {
  const variable = `REALMKIT_${option.toUpperCase()}`
  const given = args.text(option)
  const url = (given === undefined ? process.env[variable] : contentOf(given, option))?.trim() ?? ''
  if (url === '') {
    throw new UsageError(`--shape cluster needs --${option} or ${variable}, such as ${such}`)
  }
  if (!form.test(url)) throw new UsageError(`--${option} takes an address such as ${such}`)
  if (given === url && url !== withoutSecrets(url)) {
    const better = `${variable} or --${option} @FILE`
    process.stderr.write(
      `realmkit: the password in --${option} can be seen by all users of this machine (ps); ` +
        `better: ${better}\n`,
    )
  }
  return url
}

function contentOf(given: string, option: string): string {
  if (!given.startsWith('@')) return given
  try {
    return readFileSync(given.slice(1), 'utf8')
  } catch {
    throw new UsageError(`the file of --${option} cannot be read: ${given.slice(1)}`)
  }
}

/** An address as it may be shown: without passwords and tokens. */
export function withoutSecrets(url: string): string {
  return url
    .split(',')
    .map((one) => {
      const [, scheme = '', login, rest = ''] = /^(\w+:\/\/)?(?:(.*)@)?(.*)$/.exec(one.trim()) ?? []
      const user = login?.includes(':') ? `${login.slice(0, login.indexOf(':'))}@` : ''
      const named = scheme.startsWith('postgres') && login !== undefined && user === ''
      return `${scheme}${named ? `${login}@` : user}${rest.replace(/\?.*$/, '')}`
    })
    .join(',')
}
