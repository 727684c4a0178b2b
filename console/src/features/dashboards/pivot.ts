/** Groups of two fields as a table with one field down and the other across. Pure. */

import type { Group, Value } from "./types";
import { numberOf } from "./unit";

interface Sum {
  key: string | null;
  /** Null when no value is known. */
  total: number | null;
}

export interface Pivot {
  /** The values of the first field with their sums, the greatest first; null as the key of calls without a value. */
  rows: Sum[];
  columns: Sum[];
  /** The value of a cell as it was answered; undefined where there is no group. */
  at: (row: string | null, column: string | null) => Value | undefined;
  /** The greatest value of a cell that is shown. */
  most: number;
}

const place = (row: string | null, column: string | null): string => JSON.stringify([row, column]);

/** Keeps only the greatest rows and columns; what is left out is for the reader to say, from the totals of the answer. */
export function pivotOf(groups: readonly Group[], measure: string, most: { rows: number; columns: number }): Pivot {
  const cells = new Map(groups.map((group) => [place(group.key[0] ?? null, group.key[1] ?? null), group.values[measure]]));
  const rows = summed(groups, 0, measure).slice(0, most.rows);
  const columns = summed(groups, 1, measure).slice(0, most.columns);
  const at = (row: string | null, column: string | null) => cells.get(place(row, column));
  const shown = rows.flatMap((row) => columns.map((column) => numberOf(at(row.key, column.key)) ?? 0));
  return { rows, columns, at, most: Math.max(0, ...shown) };
}

function summed(groups: readonly Group[], field: 0 | 1, measure: string): Sum[] {
  const sums = new Map<string | null, number | null>();
  for (const group of groups) {
    const key = group.key[field] ?? null;
    const [sum, value] = [sums.get(key) ?? null, numberOf(group.values[measure])];
    sums.set(key, value === null ? sum : (sum ?? 0) + value);
  }
  return [...sums].map(([key, total]) => ({ key, total })).sort((one, other) => (other.total ?? 0) - (one.total ?? 0));
}
