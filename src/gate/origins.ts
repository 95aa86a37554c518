/**
 * Which pages of browsers may talk to a gate. Clients that are not browsers send no origin and may.
 */
export interface OriginRules {
  /** Allowed beside the gate's own host: `https://game.example`; `*` allows every page. */
  readonly origins: readonly string[]
  /** While developing, pages served by this machine on any port may. */
  readonly dev: boolean
  /** Origins of the game's gates: a page of one of them may use the others. */
  readonly gates: () => ReadonlySet<string>
  /** Names of the server, without a port; undefined where any will do. */
  readonly hosts: readonly string[] | undefined
}

const localHosts = new Set(['localhost', '127.0.0.1', '[::1]'])

/**
 * Whether a page of `origin` may use the server.
 * @param host the `Host` header; the page is of the same origin where its host and port are the
 * same
 */
export function originAllowed(
  rules: OriginRules,
  origin: string | undefined,
  host: string | undefined,
): boolean {
  if (origin === undefined) return true
  if (rules.origins.includes('*') || rules.origins.includes(origin)) return true
  if (rules.gates().has(origin)) return true
  const url = URL.canParse(origin) ? new URL(origin) : undefined
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) return false
  if (host !== undefined && url.host === host.toLowerCase()) return true
  return rules.dev && localHosts.has(url.hostname)
}

/**
 * Whether a request is meant for this server. A page can point a name of its own at this machine
 * (DNS rebinding), and is then of the same origin as a server that takes any name.
 * @param host the `Host` header; clients that send none are no browsers
 */
export function hostAllowed(rules: OriginRules, host: string | undefined): boolean {
  if (rules.hosts === undefined || host === undefined) return true
  const name = /^(\[[\da-f:.]+\]|[^:@]+)(?::\d+)?$/i.exec(host)?.[1] ?? ''
  return rules.hosts.includes(name.toLowerCase())
}
