import { RealmError } from '../errors/index.ts'
import type { NatsAuth } from './nats-link.ts'

const schemes = ['nats://', 'tls://']

/**
 * Takes user and password out of the addresses, so that these can be shown.
 * @throws RealmError `BUS_UNAVAILABLE` where there is none, or one that is no address.
 */
export function readServers(
  given: string | readonly string[],
  auth: NatsAuth | undefined,
): { servers: readonly string[]; auth: NatsAuth | undefined } {
  const servers: string[] = []
  let found = auth
  for (const text of typeof given === 'string' ? given.split(',') : given) {
    const whole = text.trim()
    const scheme = schemes.find((known) => whole.startsWith(known)) ?? ''
    const rest = whole.slice(scheme.length)
    const at = rest.lastIndexOf('@')
    const host = rest.slice(at + 1)
    if (host === '' || host.includes('/') || /\s/.test(host)) {
      throw new RealmError('BUS_UNAVAILABLE', `${host} is no address such as nats://host:4222.`)
    }
    if (at >= 0) found ??= authOf(rest.slice(0, at))
    servers.push(`${scheme || 'nats://'}${host}`)
  }
  return { servers, auth: found }
}

function authOf(text: string): NatsAuth {
  const [user = '', ...password] = text.split(':')
  return password.length === 0
    ? { token: decoded(user) }
    : { user: decoded(user), password: decoded(password.join(':')) }
}

/** Characters that an address cannot hold may be written as `%XX`. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
