import type { Bot } from '../../client/index.ts'
import type { BlockDescriptor } from '../../protocol/index.ts'
import { sampleValue } from './sample.ts'

/** Commands a second of a bot that knows nothing of its game. */
const commandsHz = 5

interface Joined {
  readonly send: Readonly<Record<string, (input: unknown) => void>>
}

interface Joinable {
  joinOrCreate?(options: unknown): Promise<Joined>
  join?(place: unknown, options: unknown): Promise<Joined>
}

/**
 * Plays any game without knowing it: enters its first world or room and sends commands that fit
 * their schemas.
 */
export async function anyGame(bot: Bot<never>): Promise<void> {
  const { manifest } = bot.realm
  const block =
    manifest.blocks.find(({ kind }) => kind === 'world') ??
    manifest.blocks.find(({ kind }) => kind === 'room')
  if (block === undefined) return
  const joined = await enter(bot, block)
  if (block.commands.length === 0) return
  bot.every(1000 / commandsHz, () => {
    const command = block.commands[Math.floor(bot.random() * block.commands.length)]
    if (command !== undefined) joined.send[command.name]?.(sampleValue(command.input, bot.random))
  })
}

async function enter(bot: Bot<never>, block: BlockDescriptor): Promise<Joined> {
  const options = block.options === undefined ? {} : sampleValue(block.options, bot.random)
  const realm = bot.realm as unknown as Record<'rooms' | 'worlds', Record<string, Joinable>>
  const place = realm[block.kind === 'world' ? 'worlds' : 'rooms'][block.name]
  const joined =
    block.kind === 'world' ? await place?.join?.({}, options) : await place?.joinOrCreate?.(options)
  if (joined === undefined) throw new Error(`${block.name} cannot be entered`)
  return joined
}
