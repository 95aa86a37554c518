#!/usr/bin/env node
import { fileURLToPath } from 'url'
import { isNewEnough, runWithNewerNode } from './newer-node.js'

if (isNewEnough()) void import('../dist/cli/main.js')
else runWithNewerNode(fileURLToPath(import.meta.url), process.argv.slice(2))
