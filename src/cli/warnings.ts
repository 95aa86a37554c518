/**
 * Node.js warns at the first use of features it still calls experimental (`node:sqlite`, type
 * stripping). Which of them Realmkit uses is our decision, not the reader's worry; every other
 * warning is shown as before.
 */
export function quietExperimentalWarnings(): void {
  const listeners = process.listeners('warning')
  process.removeAllListeners('warning')
  process.on('warning', (warning) => {
    if (warning.name === 'ExperimentalWarning') return
    for (const listener of listeners) listener.call(process, warning)
  })
}
