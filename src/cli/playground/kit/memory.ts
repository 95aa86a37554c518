/** What the playground keeps between visits: never more than a convenience. */
const prefix = 'realmkit:playground:'

export function remember(key: string, value: unknown): void {
  try {
    localStorage.setItem(prefix + key, JSON.stringify(value))
  } catch {
    // Storage that is full or forbidden only forgets.
  }
}

export function recall(key: string): unknown {
  try {
    const text = localStorage.getItem(prefix + key)
    return text === null ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

export function recallText(key: string, otherwise: string): string {
  const value = recall(key)
  return typeof value === 'string' ? value : otherwise
}
