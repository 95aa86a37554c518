/**
 * What the same storm does where nothing is done: `node:http` answers every login with the same
 * place, and bare `ws` sockets send back what they get. It prints `{"port":…}`, ends with stdin.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'
import { readLines, writeLine } from '../lib/lines.ts'

const queued = { place: 4000, estimateMs: 8000, pollMs: 8000, token: '0.'.padEnd(46, 'x') }
const answer = JSON.stringify({ queued })
const head = { 'content-type': 'application/json', 'content-length': answer.length }

const server = createServer((request, response) => {
  request.resume().on('end', () => response.writeHead(202, head).end(answer))
})
new WebSocketServer({ server, perMessageDeflate: false }).on('connection', (socket) => {
  socket.on('message', (bytes, isBinary) => socket.send(bytes, { binary: isBinary }))
})
server.listen(0, '127.0.0.1', () => writeLine({ port: (server.address() as AddressInfo).port }))
readLines(() => {})
