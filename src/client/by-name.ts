/**
 * An object that makes what is asked of it: `byName((name) => …).anything`. Values are kept.
 * Symbols and `then` are not names, so that such an object can be awaited, printed and compared.
 */
export function byName<T>(make: (name: string) => T): Record<string, T> {
  const made = new Map<string, T>()
  return new Proxy(Object.create(null) as Record<string, T>, {
    get(_target, name) {
      if (typeof name !== 'string' || name === 'then') return undefined
      let value = made.get(name)
      if (value === undefined) {
        value = make(name)
        made.set(name, value)
      }
      return value
    },
  })
}
