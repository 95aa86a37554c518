import { globSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './project.ts'

/**
 * Where npm puts the executable: of the packages, one per platform, it installs the one that fits.
 */
const places = [
  'node_modules/@oven/bun-*/bin/bun{,.exe}',
  // Whereto the install script of `bun` moves it. It is off here, but older npm runs it anyway.
  'node_modules/bun/bin/bun.exe',
]

/**
 * The executable of Bun from the npm package `bun`.
 *
 * @throws Error that says what to do where npm has not installed it
 */
export function bunExecutable(): string {
  for (const place of places) {
    const [found] = globSync(place, { cwd: root })
    if (found !== undefined) return join(root, found)
  }
  throw new Error('The npm package bun is not installed for this machine: run npm ci.')
}
