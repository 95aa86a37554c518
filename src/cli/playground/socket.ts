let blockedUntil = 0
const open = new Set<CuttableSocket>()

/**
 * A WebSocket that can be cut as a cable is: at once, without a farewell that the other side could
 * wait for.
 */
export class CuttableSocket extends WebSocket {
  constructor(url: string) {
    if (performance.now() < blockedUntil) throw new Error('The connection is cut on purpose.')
    super(url)
    open.add(this)
    this.addEventListener('close', () => open.delete(this))
  }

  cut(): void {
    const { onclose } = this
    this.onmessage = null
    this.onclose = null
    this.onerror = null
    onclose?.call(this, new CloseEvent('close', { code: 1006 }))
    this.close(4000, 'cut in the playground')
  }
}

/** Cuts all sockets and lets none be opened for `ms`. */
export function cutConnection(ms: number): void {
  blockedUntil = performance.now() + ms
  for (const socket of [...open]) socket.cut()
}

/** How long the cut still lasts, ms; 0 where there is none. */
export function cutMs(): number {
  return Math.max(0, blockedUntil - performance.now())
}
