import { errorRegistry, RealmError, toRealmError } from '../../../errors/index.ts'
import { h, iconButton } from './dom.ts'

/** What is known of anything that was thrown. */
export interface Trouble {
  readonly code: string
  readonly message: string
  readonly next: string
}

function troubleOf(thrown: unknown): Trouble {
  if (!(thrown instanceof RealmError)) {
    const message = thrown instanceof Error ? thrown.message : String(thrown)
    return { ...troubleOf(toRealmError(thrown)), message }
  }
  return { code: thrown.code, message: thrown.message, next: errorRegistry[thrown.code].next }
}

/** An error as a card: its code, what is wrong, what to do next. */
export function errorCard(thrown: unknown, onClose?: () => void): HTMLElement {
  const { code, message, next } = troubleOf(thrown)
  return h(
    'div',
    { class: 'error-card', role: 'alert' },
    h(
      'div',
      { class: 'error-head' },
      h('code', { class: 'error-code' }, code),
      onClose && iconButton('close', 'Dismiss', onClose),
    ),
    h('p', {}, message),
    h('p', { class: 'error-next' }, next),
  )
}
