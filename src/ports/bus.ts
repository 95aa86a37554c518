/**
 * Moves bytes between nodes. It may lose, delay, repeat, and reorder between different pairs of
 * nodes; nothing is true because a message said so (rule 1 of the design).
 */
export interface Bus {
  /**
   * Joins as `node`. `receive` is called once per message that arrives, never before `join` has
   * resolved.
   * @throws RealmError `NODE_DUPLICATE` where this bus can see that the name is taken.
   */
  join(node: string, receive: (from: string, bytes: Uint8Array) => void): Promise<BusPort>
}

/** One node's place on the bus. */
export interface BusPort {
  /**
   * Sends and forgets. The bytes must not be changed afterwards. An unknown `to` is silently lost.
   */
  send(to: string, bytes: Uint8Array): void
  /** Leaves; nothing is received afterwards. */
  close(): Promise<void>
}
