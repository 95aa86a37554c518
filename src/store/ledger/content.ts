import type { Move, StoredTransfer, Transfer } from '../../ports/index.ts'

/** A transfer as it is decided and stored. */
export interface PreparedTransfer {
  readonly id: string
  readonly moves: readonly Move[]
  /** The memo and the moves as one text: two transfers are the same where it is the same. */
  readonly content: string
}

type PackedMove =
  | readonly [from: string, to: string, asset: string, amount: number]
  | readonly [from: string, to: string, item: string, kind: string | null]

type Packed = readonly [memo: string | null, moves: readonly PackedMove[]]

export function contentOf({ moves, memo }: Transfer): string {
  const packed: Packed = [memo ?? null, moves.map(pack)]
  return JSON.stringify(packed)
}

export function prepare(transfer: Transfer): PreparedTransfer {
  return { id: transfer.id, moves: transfer.moves, content: contentOf(transfer) }
}

/** What `contentOf` made, for the thread or the store that has only that. */
export function prepared(id: string, content: string): PreparedTransfer {
  const [, moves] = JSON.parse(content) as Packed
  return { id, content, moves: moves.map(unpack) }
}

export function storedTransfer(id: string, content: string, wallMs: number): StoredTransfer {
  const [memo, moves] = JSON.parse(content) as Packed
  return { id, moves: moves.map(unpack), ...(memo === null ? {} : { memo }), wallMs }
}

export function memoOf(content: string): string | undefined {
  if (content.startsWith('[null,')) return undefined
  return (JSON.parse(content) as Packed)[0] ?? undefined
}

function pack(move: Move): PackedMove {
  const { from, to } = move
  return 'asset' in move
    ? [from, to, move.asset, move.amount]
    : [from, to, move.item, move.kind ?? null]
}

function unpack([from, to, name, last]: PackedMove): Move {
  if (typeof last === 'number') return { from, to, asset: name, amount: last }
  return last === null ? { from, to, item: name } : { from, to, item: name, kind: last }
}
