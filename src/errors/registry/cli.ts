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
  INVENTORY_MISSING: {
    status: 500,
    retry: false,
    message: 'There is no such inventory file, or it cannot be loaded.',
    next: 'Check the path; a module exports the inventory as its default, a .json file is one.',
  },
  INVENTORY_INVALID: {
    status: 500,
    retry: false,
    message: 'The inventory is not what it should be.',
    next: 'Mend the named place; the guide shows all fields (From a laptop to a cluster).',
  },
  SERVER_PROGRAM_MISSING: {
    status: 500,
    retry: false,
    message: 'A server that is to be started on this machine is not installed.',
    next: 'Install it (Debian: nats-server, postgresql), or name the address of a running one.',
  },
  SUPERVISOR_RUNNING: {
    status: 409,
    retry: true,
    message: 'This inventory is already running on this machine.',
    next: 'Look at it with `realmkit top`, or stop the other process first.',
  },
  ROLL_FAILED: {
    status: 500,
    retry: true,
    message: 'A new process did not come to work, and the roll-out was ended there; the old go on.',
    next: 'Mend what the log of `realmkit up` says about the process, and roll again.',
  },
  ROLL_MANIFEST: {
    status: 409,
    retry: false,
    message: 'Calls, commands or schemas have changed: old and new processes would not get along.',
    next: 'Replace all at once with `realmkit roll --restart`; players are back within seconds.',
  },
  ROLL_RUNNING: {
    status: 409,
    retry: true,
    message: 'A roll-out is under way.',
    next: 'Wait until it has ended.',
  },
  SUPERVISOR_ABSENT: {
    status: 503,
    retry: true,
    message: 'Nothing that can be asked runs here.',
    next: 'Start it with `realmkit up`, in the same folder and by the same user.',
  },
} as const satisfies Record<string, ErrorEntry>
