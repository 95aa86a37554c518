/** Both addresses of a server: `http://host` for logins, `ws://host/realm` for sockets. */
export interface ServerAddress {
  readonly base: string
  readonly socket: string
}

/**
 * Reads `http://…`, `https://…`, `ws://…` or `wss://…`; a path is kept, for servers behind a proxy.
 * @throws TypeError for anything else
 */
export function serverAddress(url: string): ServerAddress {
  const match = /^(?:http|ws)(s?):\/\/([^/?#]+)([^?#]*)$/.exec(url)
  if (match === null) throw new TypeError(`Not the address of a server: ${url}`)
  const [, secure = '', host = '', path = ''] = match
  const rest = `${secure}://${host}${path.replace(/\/+$/, '')}`
  return { base: `http${rest}`, socket: `ws${rest}/realm` }
}
