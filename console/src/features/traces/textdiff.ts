/** How one text differs from another, line by line. Pure. */

export interface DiffLine {
  op: "same" | "added" | "removed";
  text: string;
  words: readonly { op: "same" | "added" | "removed"; text: string }[];
}

const MOST_CELLS = 4_000_000;

/** The lines of both texts with what goes and what comes; a text too long to compare is replaced as a whole. */
export function lineDiff(before: string, after: string): DiffLine[] {
  const old = before.split("\n");
  const now = after.split("\n");
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1;
  let end = 0;
  while (end < old.length - start && end < now.length - start && old.at(-1 - end) === now.at(-1 - end)) end += 1;
  const middle = between(old.slice(start, old.length - end), now.slice(start, now.length - end));
  return [...old.slice(0, start).map(same), ...paired(middle), ...(end > 0 ? old.slice(-end).map(same) : [])];
}

const same = (text: string): DiffLine => ({ op: "same", text, words: [] });
const added = (text: string): DiffLine => ({ op: "added", text, words: [] });
const removed = (text: string): DiffLine => ({ op: "removed", text, words: [] });

function between(old: readonly string[], now: readonly string[]): DiffLine[] {
  if (old.length * now.length > MOST_CELLS) return [...old.map(removed), ...now.map(added)];
  return common(old, now).map(({ op, text }) => ({ op, text, words: [] }));
}

interface Piece {
  op: DiffLine["op"];
  text: string;
}

/** The longest common sequence, as what stays, goes and comes. */
function common(old: readonly string[], now: readonly string[]): Piece[] {
  const width = now.length + 1;
  const lengths = commonLengths(old, now);
  const length = (row: number, column: number): number => lengths[row * width + column] ?? 0;
  const pieces: Piece[] = [];
  let row = 0;
  let column = 0;
  while (row < old.length || column < now.length) {
    const before = old[row];
    const after = now[column];
    if (before !== undefined && before === after) {
      pieces.push({ op: "same", text: before });
      row += 1;
      column += 1;
    } else if (before !== undefined && (after === undefined || length(row + 1, column) >= length(row, column + 1))) {
      pieces.push({ op: "removed", text: before });
      row += 1;
    } else {
      pieces.push({ op: "added", text: after ?? "" });
      column += 1;
    }
  }
  return pieces;
}

/** How long the longest common sequence is of what begins at each pair of places. */
function commonLengths(old: readonly string[], now: readonly string[]): Uint32Array {
  const width = now.length + 1;
  const lengths = new Uint32Array((old.length + 1) * width);
  for (let row = old.length - 1; row >= 0; row -= 1) {
    for (let column = now.length - 1; column >= 0; column -= 1) {
      const at = row * width + column;
      const longest = Math.max(lengths[at + width] ?? 0, lengths[at + 1] ?? 0);
      lengths[at] = old[row] === now[column] ? (lengths[at + width + 1] ?? 0) + 1 : longest;
    }
  }
  return lengths;
}

const MOST_WORDS = 400;

/** Gives a line that goes and the line that comes in its place their words, so that what differs within can be marked. */
function paired(lines: readonly DiffLine[]): DiffLine[] {
  const result = [...lines];
  for (let at = 0; at < result.length; ) {
    const firstRemoved = at;
    while (result[at]?.op === "removed") at += 1;
    const firstAdded = at;
    while (result[at]?.op === "added") at += 1;
    const pairs = Math.min(firstAdded - firstRemoved, at - firstAdded);
    for (let index = 0; index < pairs; index += 1) {
      const old = result[firstRemoved + index];
      const now = result[firstAdded + index];
      if (!old || !now) continue;
      const oldWords = old.text.match(/\s+|\w+|[^\w\s]/g) ?? [];
      const nowWords = now.text.match(/\s+|\w+|[^\w\s]/g) ?? [];
      if (oldWords.length > MOST_WORDS || nowWords.length > MOST_WORDS) continue;
      const words = common(oldWords, nowWords);
      result[firstRemoved + index] = { ...old, words };
      result[firstAdded + index] = { ...now, words };
    }
    if (at === firstRemoved) at += 1;
  }
  return result;
}
