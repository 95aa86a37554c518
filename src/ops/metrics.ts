import type { Figures } from '../actor/index.ts'
import type { NodeFigures, ProcessStatus } from './status.ts'

/** Counters only grow, until their process starts anew; gauges go up and down. */
type Kind = 'counter' | 'gauge'

/** A metric: the figure it is made of, how, its name behind `realmkit_`, and what it means. */
type Metric = readonly [figure: string, kind: Kind, name: string, help: string]

const ofProcesses: readonly Metric[] = [
  ['up', 'gauge', 'process_up', 'Whether the process works and answers.'],
  ['restarts', 'counter', 'process_restarts_total', 'Starts after it had ended by itself.'],
  ['cpu', 'gauge', 'process_cpu_cores', 'Cores in use since the last look.'],
  ['memoryBytes', 'gauge', 'process_memory_bytes', 'Memory of the process.'],
  ['lagP99Ms', 'gauge', 'process_lag_p99_milliseconds', 'How late the event loop was.'],
  ['players', 'gauge', 'players', 'Sessions held by the gate.'],
  ['rooms', 'gauge', 'rooms', 'Rooms active here.'],
  ['worlds', 'gauge', 'worlds', 'Worlds active here.'],
  ['actors', 'gauge', 'actors', 'Actors active here.'],
  ['crashes', 'counter', 'crashes_total', 'Starts and handlers that failed by the game.'],
  ['parked', 'gauge', 'parked', 'Addresses left alone because they crashed again and again.'],
]

const ofWorlds: readonly Metric[] = [
  ['tick', 'counter', 'world_ticks_total', 'Ticks of the world, over all its lives.'],
  ['entities', 'gauge', 'world_entities', 'Entities in the world.'],
  ['players', 'gauge', 'world_players', 'Players in the world.'],
  ['tickP50Ms', 'gauge', 'world_tick_p50_milliseconds', 'The middle of the last 512 ticks.'],
  ['tickP99Ms', 'gauge', 'world_tick_p99_milliseconds', 'The slowest hundredth of them.'],
  ['overruns', 'counter', 'world_overruns_total', 'Ticks left out for want of time.'],
  ['pressure', 'gauge', 'world_pressure', '1 far tiles slower, 2 views capped, 3 time slowed.'],
  ['load', 'gauge', 'world_load', 'Share of the time between ticks that is used up.'],
  ['dilation', 'gauge', 'world_dilation', 'By how much time is slowed, 1 to 4.'],
  ['stepFailures', 'counter', 'world_step_failures_total', 'Ticks whose step threw.'],
  ['commandFailures', 'counter', 'world_command_failures_total', 'Commands that threw.'],
  ['desyncs', 'counter', 'world_desyncs_total', 'Clients that had something else than the world.'],
  ['deltasEncoded', 'counter', 'world_deltas_total', 'Deltas of tiles encoded.'],
  ['keyframesEncoded', 'counter', 'world_keyframes_total', 'Keyframes of tiles encoded.'],
  ['bytesEncoded', 'counter', 'world_encoded_bytes_total', 'Bytes of tiles encoded.'],
  ['checkpoints', 'counter', 'world_checkpoints_total', 'Checkpoints written.'],
  ['checkpointFailures', 'counter', 'world_checkpoint_failures_total', 'Those that failed.'],
]

const ofGates: readonly Metric[] = [
  ['connected', 'gauge', 'gate_connected', 'Sessions with a connection.'],
  ['ringBytes', 'gauge', 'gate_ring_bytes', 'Kept for resumes.'],
  ['bytesIn', 'counter', 'gate_received_bytes_total', 'Bytes from clients.'],
  ['bytesOut', 'counter', 'gate_sent_bytes_total', 'Bytes to clients.'],
  ['messagesIn', 'counter', 'gate_received_messages_total', 'Messages from clients.'],
  ['framesSent', 'counter', 'gate_frames_total', 'World frames sent.'],
  ['framesSkipped', 'counter', 'gate_frames_skipped_total', 'Left out for slow readers.'],
  ['rateLimited', 'counter', 'gate_rate_limited_total', 'Messages beyond the rate of a client.'],
  ['logins', 'counter', 'gate_logins_total', 'Logins.'],
  ['resumes', 'counter', 'gate_resumes_total', 'Sessions that came back.'],
  ['slowConsumers', 'counter', 'gate_slow_consumers_total', 'Connections ended for not reading.'],
  ['refused', 'counter', 'gate_refused_total', 'Connections ended with an error.'],
]

/** One line of figures with what tells it from others. */
interface Row {
  readonly labels: string
  readonly figures: Figures
}

/**
 * What a run tells of itself, in the text format of Prometheus (version 0.0.4). A process that does
 * not answer has `realmkit_process_up` 0 and no other figures.
 */
export function metricsOf(processes: readonly ProcessStatus[]): string {
  const worlds: Row[] = []
  const gates: Row[] = []
  const rows = processes.map(({ name, state, restarts, figures }): Row => {
    const labels = label('process', name)
    for (const { world, figures: own } of figures?.worldFigures ?? []) {
      worlds.push({ labels: `${labels},${label('world', world)}`, figures: own })
    }
    if (figures?.gate !== undefined) gates.push({ labels, figures: figures.gate })
    const up = state === 'ready' && figures !== undefined ? 1 : 0
    return { labels, figures: { up, restarts, ...numbersOf(figures) } }
  })
  const lines = [
    ...linesOf(ofProcesses, rows),
    ...linesOf(ofWorlds, worlds),
    ...linesOf(ofGates, gates),
  ]
  return `${lines.join('\n')}\n`
}

function numbersOf(figures: NodeFigures | undefined): Figures {
  const numbers = Object.entries(figures ?? {}).filter(([, value]) => typeof value === 'number')
  return Object.fromEntries(numbers)
}

function linesOf(metrics: readonly Metric[], rows: readonly Row[]): string[] {
  return metrics.flatMap(([figure, kind, name, help]) => {
    const samples = rows.flatMap(({ labels, figures }) => {
      const value = figures[figure]
      return value === undefined ? [] : [`realmkit_${name}{${labels}} ${value}`]
    })
    if (samples.length === 0) return []
    return [`# HELP realmkit_${name} ${help}`, `# TYPE realmkit_${name} ${kind}`, ...samples]
  })
}

function label(name: string, value: string): string {
  const escaped = value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
  return `${name}="${escaped}"`
}
