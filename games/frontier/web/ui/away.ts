import { part, show, write } from './page.ts'

/** A hitch shorter than this is nobody's business. */
const patienceMs = 350

let timer: ReturnType<typeof setTimeout> | undefined

/** Shows that the connection is away, and takes the notice down by itself when it is back. */
export function showConnection(status: 'connected' | 'reconnecting' | 'closed'): void {
  clearTimeout(timer)
  const again = part('again')
  const text = part('away-text')
  if (status === 'connected') {
    show(part('away'), false)
    return
  }
  show(again, status === 'closed')
  again.onclick = () => location.reload()
  write(
    text,
    status === 'closed'
      ? 'The way back is lost, but your hero is safe.'
      : 'The frontier is catching its breath… reconnecting',
  )
  timer = setTimeout(() => show(part('away'), true), status === 'closed' ? 0 : patienceMs)
}
