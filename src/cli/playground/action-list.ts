import { type Action, type ActionCard, actionCard } from './action-card.ts'
import { fill, h } from './kit/dom.ts'

/** With more actions than this, only the first are unfolded. */
const openMax = 3

/** The forms of a block. */
export interface ActionList {
  readonly element: HTMLElement
  /** The game was replaced: forms whose fields are the same stay as they are. */
  show(actions: readonly Action[]): void
  stop(): void
}

export function actionList(empty: string): ActionList {
  const element = h('div', { class: 'actions' })
  let cards = new Map<string, { readonly print: string; readonly card: ActionCard }>()
  return {
    element,
    show(actions) {
      const next: typeof cards = new Map()
      for (const [index, action] of actions.entries()) {
        const print = JSON.stringify([action.input, action.note])
        const known = cards.get(action.name)
        const card = known?.print === print ? known.card : actionCard(action, index < openMax)
        next.set(action.name, { print, card })
      }
      for (const [name, { card }] of cards) if (next.get(name)?.card !== card) card.stop()
      cards = next
      const elements = [...cards.values()].map(({ card }) => card.element)
      const same =
        elements.length > 0 &&
        elements.length === element.children.length &&
        elements.every((one, index) => element.children[index] === one)
      if (same) return
      fill(element, ...elements, elements.length === 0 && h('p', { class: 'empty' }, empty))
    },
    stop() {
      for (const { card } of cards.values()) card.stop()
    },
  }
}
