import type { ErrorEntry } from './entry.ts'

/** What the command line reports. */
export const cliErrors = {
  GAME_FILE_MISSING: {
    status: 500,
    retry: false,
    message: 'There is no such game file.',
    next: 'Check the path, relative to the folder you are in.',
  },
  GAME_FILE_FAILED: {
    status: 500,
    retry: false,
    message: 'The game file cannot be loaded.',
    next: 'Mend the error shown below; the file is loaded again when it changes.',
  },
  BOT_SCRIPT_INVALID: {
    status: 500,
    retry: false,
    message: 'The bot script cannot be used.',
    next: 'Export a function (BotScript) as its default.',
  },
} as const satisfies Record<string, ErrorEntry>
