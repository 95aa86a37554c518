// A game whose author forgot to await wherever that is possible.
import { call, command, defineGame, defineRoom, defineService } from 'realmkit'

const fails = async (): Promise<void> => {
  await Promise.resolve()
  throw new Error('nobody awaited me')
}

const hall = defineRoom(
  { state: {}, tickHz: 20 },
  {
    step: fails,
    connection: fails,
    close: fails,
    commands: { forget: command({}, () => void fails()) },
  },
)

const clerk = defineService({
  calls: {
    forget: call({}, {}, () => {
      void fails()
      void Promise.reject()
      return {}
    }),
  },
})

export default defineGame({ rooms: { hall }, services: { clerk } })
