import { clockConformance } from './conformance/clock.ts'
import { randomConformance } from './conformance/random.ts'
import { systemClock, systemRandom } from './system.ts'

clockConformance('system', () => {
  const clock = systemClock()
  return { clock, advance: (ms) => new Promise((done) => clock.after(ms, done)) }
})

randomConformance('system', systemRandom)
