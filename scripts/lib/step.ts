import { spawn } from 'node:child_process'
import { root } from './project.ts'

/** What a step of the check found. */
export interface StepResult {
  readonly ok: boolean
  /** Shown where the step failed. */
  readonly output: string
}

/** One step of `npm run check`. */
export interface Step {
  /** One or two words for the line of the step. */
  readonly name: string
  readonly run: () => Promise<StepResult>
}

/**
 * A step that runs a program and holds if it ends with 0. Its output is kept for the case that it
 * does not.
 */
export function program(name: string, command: string, args: readonly string[]): Step {
  return { name, run: () => runProgram(command, args) }
}

/** A step that looks at files itself and tells each problem in a line. */
export function inspection(name: string, problems: () => readonly string[]): Step {
  return {
    name,
    run: async () => {
      const found = problems()
      return { ok: found.length === 0, output: found.join('\n') }
    },
  }
}

/** Runs a program at the root of the project and collects what it prints. */
export function runProgram(command: string, args: readonly string[]): Promise<StepResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', (chunk) => {
      output += chunk
    })
    child.stderr.on('data', (chunk) => {
      output += chunk
    })
    child.on('error', (error) => resolve({ ok: false, output: error.message }))
    child.on('close', (code) => resolve({ ok: code === 0, output: output.trim() }))
  })
}
