// Realmkit runs TypeScript by type stripping and stores in node:sqlite, which Node.js has from
// version 24 on. This file must therefore be read by whatever Node.js is installed: plain
// JavaScript, nothing newer than dynamic import.
import { execFileSync, spawn } from 'child_process'
import { existsSync, readFileSync } from 'fs'
import { dirname, join } from 'path'
import { fileURLToPath } from 'url'

/** The oldest major version of Node.js that Realmkit runs on. */
const nodeMajorMin = 24

/** Bun has `node:sqlite` from this version on. */
const bunMin = '1.4'

/** The version fetched from npm where the project has none of its own. */
const fetchedVersion = '26.10.0'

/** Whether the running process can run Realmkit itself: Node.js ≥ 24, or Bun ≥ 1.4. */
export function isNewEnough() {
  const { bun, node } = process.versions
  if (bun) return bun.localeCompare(bunMin, 'en', { numeric: true }) >= 0
  return majorOf(node) >= nodeMajorMin
}

/**
 * Runs a file with a Node.js that is new enough: the npm package `node` of the project if it is
 * installed, else one fetched from npm. Signals and the exit code pass through, as if this process
 * were that one.
 *
 * @param {string} file - the JavaScript or TypeScript file to run
 * @param {string[]} args - its arguments
 */
export function runWithNewerNode(file, args) {
  const { bun } = process.versions
  if (bun) {
    process.stderr.write(`Realmkit needs Bun ${bunMin} or newer; this is ${bun}: bun upgrade\n`)
    process.exit(1)
  }
  const here = dirname(fileURLToPath(import.meta.url))
  const node = installedNode(process.cwd()) || installedNode(here) || fetchedNode()
  if (!node) {
    process.stderr.write(
      `Realmkit needs Node.js ${nodeMajorMin} or newer; this is ${process.version}, ` +
        'and fetching a newer one from npm failed.\n' +
        'Install it once into your project:  npm install --save-dev node@26\n' +
        '(where npm blocks install scripts:  npm approve-scripts node && npm rebuild node)\n',
    )
    process.exit(1)
  }
  const child = spawn(node, [file].concat(args), { stdio: 'inherit' })
  passSignals(child)
  child.on('error', (error) => {
    process.stderr.write(`Realmkit could not start ${node}: ${error.message}\n`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => {
    if (signal) {
      process.removeAllListeners(signal)
      process.kill(process.pid, signal)
    } else process.exit(code === null ? 1 : code)
  })
}

/** Forwards what asks this process to end. Ctrl-C in a terminal reaches the child by itself. */
function passSignals(child) {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    })
  }
}

/** The executable of the npm package `node` in this folder or above it, if it is new enough. */
function installedNode(from) {
  const names = ['node', platformPackage()]
  for (let folder = from; ; folder = dirname(folder)) {
    for (const name of names) {
      const root = join(folder, 'node_modules', name)
      const file = join(root, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
      if (existsSync(file) && versionOf(root) >= nodeMajorMin) return file
    }
    if (folder === dirname(folder)) return undefined
  }
}

/**
 * Has npm fetch Node.js into its own cache, where the next start finds it again without the
 * network.
 */
function fetchedNode() {
  process.stderr.write(
    `Realmkit needs Node.js ≥ ${nodeMajorMin} (this is ${process.version}): ` +
      'fetching Node 26 from npm, once…\n',
  )
  const spec = `--package=${platformPackage()}@${fetchedVersion}`
  // On Windows npm is a batch file, which only a shell can start.
  const shell = process.platform === 'win32'
  const args = [
    'exec',
    '--yes',
    '--prefer-offline',
    '--fetch-retries=1',
    spec,
    '--',
    'node',
    '-p',
    'process.execPath',
  ]
  try {
    const file = execFileSync('npm', args, { shell, stdio: ['ignore', 'pipe', 'inherit'] })
      .toString()
      .trim()
    const version = execFileSync(file, ['-p', 'process.versions.node']).toString()
    return majorOf(version) >= nodeMajorMin ? file : undefined
  } catch (_error) {
    return undefined
  }
}

/**
 * The npm package that holds nothing but the executable for this machine, and needs no install
 * script.
 */
function platformPackage() {
  if (process.platform === 'win32') return `node-win-${process.arch}`
  const prefix = process.platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node'
  return `${prefix}-${process.platform}-${process.arch}`
}

function versionOf(packageRoot) {
  return majorOf(JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')).version)
}

function majorOf(version) {
  return Number(version.split('.')[0])
}
