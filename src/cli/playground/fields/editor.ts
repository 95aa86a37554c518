import type { TypeDescriptor } from '../../../schema/index.ts'

/** Makes one value of a type, as JSON: maps are objects, bytes base64. */
export interface Editor {
  /** With its label. */
  readonly element: HTMLElement
  get(): unknown
  /** Shows a value from elsewhere; what does not fit is ignored. */
  set(value: unknown): void
}

/** What an editor may use of the form it is in. */
export interface EditorContext {
  /** Lets the user choose an entity on a map; there only where there is one. */
  readonly pickEntity?: (() => Promise<number | undefined>) | undefined
}

/**
 * How an editor for a type inside another is made; given along, so that the modules need not
 * import each other.
 */
export type MakeEditor = (type: TypeDescriptor, label: string, context: EditorContext) => Editor

let lastId = 0

/** An id for an input, so that its label can name it. */
export function freshId(): string {
  return `field-${++lastId}`
}
