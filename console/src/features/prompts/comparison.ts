/**
 * Lays the server's line differences out for the eye: side by side, or unified with long same stretches folded away.
 */

export type Op = "same" | "added" | "removed";

export interface Word {
  op: Op;
  text: string;
}

export interface Line {
  op: Op;
  text: string;
  words: readonly Word[];
}

export interface Numbered extends Line {
  /** Line number on its own side, from 1. */
  number: number;
}

export interface Row {
  left: Numbered | null;
  right: Numbered | null;
}

/** Pairs lines: same with same, and each removed line with the added line that took its place. */
export function sideBySide(lines: readonly Line[]): Row[] {
  const rows: Row[] = [];
  let removed: Numbered[] = [];
  let added: Numbered[] = [];
  let left = 0;
  let right = 0;
  const flush = () => {
    for (let index = 0; index < Math.max(removed.length, added.length); index += 1) {
      rows.push({ left: removed[index] ?? null, right: added[index] ?? null });
    }
    removed = [];
    added = [];
  };
  for (const line of lines) {
    if (line.op === "removed") removed.push({ ...line, number: (left += 1) });
    else if (line.op === "added") added.push({ ...line, number: (right += 1) });
    else {
      flush();
      rows.push({ left: { ...line, number: (left += 1) }, right: { ...line, number: (right += 1) } });
    }
  }
  flush();
  return rows;
}

export interface Unified extends Line {
  left: number | null;
  right: number | null;
}

/** One column, both line numbers. */
export function unified(lines: readonly Line[]): Unified[] {
  let left = 0;
  let right = 0;
  return lines.map((line) => ({
    ...line,
    left: line.op === "added" ? null : (left += 1),
    right: line.op === "removed" ? null : (right += 1),
  }));
}

export type Stretch<Item> = { type: "shown"; items: Item[] } | { type: "folded"; items: Item[] };

/** Folds stretches without change that are longer than is useful, keeping `context` rows around each change. */
export function fold<Item>(items: readonly Item[], isSame: (item: Item) => boolean, context = 3): Stretch<Item>[] {
  const near = items.map(() => false);
  items.forEach((item, index) => {
    if (isSame(item)) return;
    for (let at = Math.max(0, index - context); at <= Math.min(items.length - 1, index + context); at += 1) near[at] = true;
  });
  const stretches: Stretch<Item>[] = [];
  items.forEach((item, index) => {
    const type = near[index] ? "shown" : "folded";
    const last = stretches.at(-1);
    if (last?.type === type) last.items.push(item);
    else stretches.push({ type, items: [item] });
  });
  return stretches.map((stretch) => (stretch.items.length === 1 ? { type: "shown", items: stretch.items } : stretch));
}

/** Words to draw on one side: what belongs to the other side is left out, and a line that is new as a whole has no marks. */
export function wordsOf(line: Line): readonly Word[] {
  if (!line.words.some((word) => word.op === "same")) return [{ op: "same", text: line.text }];
  return line.words.filter((word) => word.op === "same" || word.op === line.op);
}

/** How many lines come and go, over all messages. */
export function tally(messages: readonly { lines: readonly Line[] }[]): { added: number; removed: number } {
  const count = { added: 0, removed: 0 };
  for (const message of messages) for (const line of message.lines) if (line.op !== "same") count[line.op] += 1;
  return count;
}
