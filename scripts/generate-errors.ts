import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { errorsDoc, errorsDocPath } from './lib/errors-doc.ts'
import { root } from './lib/project.ts'

const path = join(root, errorsDocPath)
mkdirSync(dirname(path), { recursive: true })
writeFileSync(path, errorsDoc())
console.log(`wrote ${errorsDocPath}`)
