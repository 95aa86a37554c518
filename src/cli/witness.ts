import { readFileSync, readlinkSync } from 'node:fs'
import type { Witness } from '../ports/index.ts'

/**
 * The host's own witness, by the numbers that Linux gives processes. A number that is given to
 * nobody is the end of whoever had it; one that was given again says nothing. On other systems it
 * tells nothing of anybody.
 */
export function systemWitness(): Witness {
  const place = placeOfProcesses()
  if (place === undefined) return { process: '', ended: () => false }
  return {
    process: `${place} ${process.pid}`,
    ended: (other) => {
      const [, where, pid] = /^(.+) (\d+)$/.exec(other) ?? []
      return where === place && !exists(Number(pid))
    },
  }
}

/** Where a number means the same process as here, until the machine starts again. */
function placeOfProcesses(): string | undefined {
  try {
    // The `/proc` of another namespace, which some containers have, tells of others than of these.
    if (readlinkSync('/proc/self') !== String(process.pid)) return undefined
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return undefined
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // Anything else, such as EPERM, says that there is one.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
