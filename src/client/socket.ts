import type { SocketConstructor, SocketLike } from './host.ts'

/** What the session wants to know of one socket. Nothing is called after `closed`. */
export interface SocketEvents {
  opened(): void
  received(bytes: Uint8Array): void
  /**
   * The socket is of no more use, for whatever reason. Called once, never from within `openSocket`
   * or `close`.
   */
  closed(): void
}

/** One socket, its differences between hosts evened out. */
export interface Socket {
  /** Whether the bytes were handed to the host; not whether they arrive. */
  send(bytes: Uint8Array<ArrayBuffer>): boolean
  /** Bytes that the host has not sent yet. */
  readonly waitingBytes: number
  /** Ends the socket; none of the events is called afterwards. */
  close(): void
}

/**
 * Opens a socket. A host that throws at once is reported by `closed`, like one that fails later.
 */
export function openSocket(make: SocketConstructor, url: string, events: SocketEvents): Socket {
  let raw: SocketLike | undefined
  let open = false
  let over = false
  const finish = (): void => {
    if (over) return
    over = true
    events.closed()
  }
  try {
    raw = new make(url)
    raw.binaryType = 'arraybuffer'
    raw.onopen = () => {
      if (over) return
      open = true
      events.opened()
    }
    raw.onmessage = (event: { readonly data: unknown }) => {
      if (!over) events.received(bytesOf(event.data))
    }
    raw.onclose = finish
    raw.onerror = finish
  } catch {
    void Promise.resolve().then(finish)
  }
  return {
    send(bytes) {
      if (!open || over) return false
      try {
        raw?.send(bytes)
        return true
      } catch {
        return false
      }
    },
    get waitingBytes() {
      return raw?.bufferedAmount ?? 0
    },
    close() {
      over = true
      try {
        raw?.close(1000)
      } catch {
        // A socket that is still connecting throws in some hosts; it ends by itself.
      }
    },
  }
}

/**
 * A text message, or what the host made of bytes it does not know, becomes empty bytes: never a
 * valid message.
 */
function bytesOf(data: unknown): Uint8Array {
  if (data instanceof ArrayBuffer) return new Uint8Array(data)
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  return new Uint8Array()
}
