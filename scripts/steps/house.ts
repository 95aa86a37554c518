/** What a folder of `src/` may lean on. The arrows run down only. */
export interface FolderRule {
  /** Folders of `src/` whose `index.ts` it may import; '' for files of `src/` itself. */
  readonly folders: readonly string[]
  /** Node's own modules it may import; none where code must also run in browsers. */
  readonly node?: readonly string[]
  /** Packages from npm it may import. */
  readonly packages?: readonly string[]
}

/** Modules of Node that neither touch the world nor bring time or chance into it. */
const pure = ['assert', 'async_hooks', 'buffer', 'crypto', 'util']
const sockets = ['events', 'fs', 'http', 'net', 'path', 'stream', 'tls', 'url', 'zlib']
const files = ['fs', 'os', 'path', 'sqlite', 'url', 'worker_threads']

const ground = ['errors', 'schema']
const outside = [...ground, 'protocol', 'ports']
const runtime = [...outside, 'cluster', 'actor']
const belowCli = [...runtime, 'bus', 'store', 'net', 'gate', 'room', 'world', 'client']

/**
 * The house of `docs`: every folder of `src/` and what it may import. A new folder gets its row
 * here.
 */
export const house: Readonly<Record<string, FolderRule>> = {
  errors: { folders: [] },
  schema: { folders: ['errors'], packages: ['@standard-schema/spec'] },
  protocol: { folders: ground },
  client: { folders: [...ground, 'protocol'] },
  ports: { folders: ground, node: pure },
  bus: {
    folders: [...ground, 'ports'],
    node: [...pure, 'worker_threads'],
    packages: ['@nats-io/transport-node'],
  },
  store: {
    folders: [...ground, 'ports'],
    node: [...pure, ...files, 'net', 'tls'],
    packages: ['pg'],
  },
  net: { folders: [...ground, 'ports'], node: [...pure, ...sockets], packages: ['ws'] },
  cluster: { folders: outside, node: pure },
  actor: { folders: [...outside, 'cluster'], node: pure },
  room: { folders: runtime, node: pure },
  world: { folders: runtime, node: pure },
  ops: { folders: runtime, node: pure },
  gate: { folders: [...runtime, 'net'], node: pure },
  sim: { folders: [...belowCli, ''], node: pure },
  cli: {
    folders: [...belowCli, 'sim', 'ops', ''],
    node: [...pure, ...sockets, ...files, 'child_process', 'module', 'perf_hooks', 'process'],
    packages: ['pino', 'ws'],
  },
}

/** Files of `src/` itself: the public face, and what puts the parts together. */
export const face: FolderRule = { folders: [...belowCli, 'ops'] }

/**
 * Files that are the outside world themselves and may touch clock, timers, chance and files.
 * Everything else gets them through the ports.
 */
export const worldly = /^src\/(?:cli|client)\/|^src\/ports\/(?:system|conformance)/

/**
 * The adapters of the ports, which live in the loop of the host, and the simulator, which drives
 * it.
 */
export const adapter = /^src\/(?:bus|net|sim|store)\//

/**
 * Doors beside `index.ts` that only tests enter: conformance suites and what stands in for peers.
 */
export const testDoor = /\/(?:conformance|test-kit)\/[\w-]+\.ts$/
