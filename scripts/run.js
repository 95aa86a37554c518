// `node scripts/run.js NAME.ts …` runs a script of this folder. Inside npm scripts `node` is the
// npm package `node`; where its install script was blocked it is whatever the machine has, and then
// the newer one is found or fetched here.
import { fileURLToPath } from 'url'
import { isNewEnough, runWithNewerNode } from '../bin/newer-node.js'

const [name, ...args] = process.argv.slice(2)
const file = fileURLToPath(new URL(name, import.meta.url))

if (isNewEnough()) {
  process.argv.splice(1, 2, file)
  await import(file)
} else runWithNewerNode(file, args)
