import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

const places = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

/**
 * Debian's browser, a plain font for text and one for pictographs: what a page needs to look right.
 */
const debianPackages = ['chromium', 'fonts-dejavu-core', 'fonts-noto-color-emoji']

/** Waiting this long for another process that holds the package database is no failure. */
const lockTimeoutS = 300

/** The browser for the tests: the one that `CHROMIUM_PATH` names, else where systems put it. */
export function findChromium(): string | undefined {
  const named = process.env['CHROMIUM_PATH']
  if (named) return existsSync(named) ? named : undefined
  return places.find((place) => existsSync(place))
}

/**
 * The browser for the tests, installed with apt where there is none and this process may do so.
 *
 * @throws Error that says what to install, where it cannot be done here
 */
export function ensureChromium(): string {
  const found = findChromium()
  if (found) return found
  const named = process.env['CHROMIUM_PATH']
  if (named) throw new Error(`CHROMIUM_PATH names ${named}, where no file is.`)
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    console.log(`Installing for the browser tests: ${debianPackages.join(' ')}`)
    aptGet('update')
    aptGet('install', '--yes', '--no-install-recommends', ...debianPackages)
  }
  const installed = findChromium()
  if (installed) return installed
  throw new Error(
    'The browser tests need Chromium. Install it (Debian: apt-get install chromium), ' +
      'or name one with CHROMIUM_PATH.',
  )
}

function aptGet(...args: string[]): void {
  const all = ['-qq', '-o', `DPkg::Lock::Timeout=${lockTimeoutS}`, ...args]
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const { status, stdout, stderr } = spawnSync('apt-get', all, { env, encoding: 'utf8' })
  if (status !== 0) throw new Error(`apt-get ${args.join(' ')} failed:\n${stdout}${stderr}`)
}
