import { systemClock, systemRandom } from '../../ports/index.ts'
import { natsBus } from '../index.ts'

// A process of its own that joins as a node and sends its life to another one, again and again:
//     nats-node.ts SERVER NAME TO TEXT
// It prints a line when it has joined, and what the bus reports.
const [, , servers = '', name = '', to = '', text = ''] = process.argv
const say = (_: object, message: string): void => console.log(message)
const log = { debug: say, info: say, warn: say, error: say, child: () => log }
const bus = natsBus({ servers, clock: systemClock(), random: systemRandom(), log })
const port = await bus.join(name, () => {})
console.log('joined')
const bytes = new TextEncoder().encode(text)
setInterval(() => port.send(to, bytes), 5)
