/** How full something bounded is. */
export interface Fill {
  /** What bounds it, by the name of the limit: `mailboxMessagesMax`. */
  readonly limit: string
  /** Whose it is: an address, a session, another node; empty where there is only one. */
  readonly of: string
  readonly size: number
  readonly max: number
}
