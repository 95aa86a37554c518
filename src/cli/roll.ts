import { askControl } from './control.ts'
import type { Arguments, CommandSpec } from './options.ts'
import { folderOf } from './up/load-inventory.ts'
import type { RollStep } from './up/supervisor.ts'

export const rollSpec: CommandSpec = {
  name: 'roll',
  positional: 'INVENTORY',
  summary: 'Puts new processes in the place of those that run, with the code and inventory of now.',
  options: {
    data: { value: 'DIR', text: 'folder of the run, as given to `up` (.realmkit/NAME)' },
    restart: { text: 'all at once: needed where calls, commands or schemas have changed' },
    json: { text: 'one JSON line per process' },
  },
}

export async function roll(args: Arguments): Promise<number> {
  const folder = args.text('data') ?? folderOf(args.positional)
  const json = args.flag('json')
  const startedMs = performance.now()
  for await (const answer of askControl(folder, { op: 'roll', restart: args.flag('restart') })) {
    if (json) process.stdout.write(`${JSON.stringify(answer)}\n`)
    else if ('name' in answer) {
      process.stdout.write(`  ${lineOf(answer as unknown as RollStep)}\n`)
    }
  }
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
  if (!json) process.stdout.write(`\n  rolled in ${seconds} s\n\n`)
  return 0
}

function lineOf({ name, what, done, total, tookMs }: RollStep): string {
  return `${String(done).padStart(String(total).length)}/${total}  ${name} ${what} in ${tookMs} ms`
}
