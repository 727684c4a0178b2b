/** The cells of a heat map: how strong each is, which one is under the pointer, and the quantiles of a column. Pure. */

export interface HeatColumn {
  at_s: number;
  /** How many fell between each edge and the next. */
  counts: readonly number[];
}

/** How many shades there are above nothing. */
export const SHADES = 7;

/** The shade of a count beside the greatest one, on a logarithmic scale so that the rare is still seen; 0 is nothing. */
export function shadeOf(count: number, most: number): number {
  if (count <= 0 || most <= 0) return 0;
  if (most === 1) return SHADES;
  return Math.max(1, Math.min(SHADES, Math.ceil((Math.log(count + 1) / Math.log(most + 1)) * SHADES)));
}

/** The first and the last bucket in which anything is, and one more to either side, so that no room is spent on nothing. */
export function usedBuckets(columns: readonly HeatColumn[], buckets: number): { first: number; last: number } {
  const isUsed = Array.from({ length: buckets }, (_, bucket) => columns.some((column) => (column.counts[bucket] ?? 0) > 0));
  const [first, last] = [isUsed.indexOf(true), isUsed.lastIndexOf(true)];
  if (first === -1) return { first: 0, last: Math.max(0, buckets - 1) };
  return { first: Math.max(0, first - 1), last: Math.min(buckets - 1, last + 1) };
}

/**
 * The value below which a share of a column lies, in buckets from the lowest: 2.5 is the middle of the third. Within a bucket
 * its counts are taken as evenly spread. Null for an empty column.
 */
export function quantileBucket(counts: readonly number[], share: number): number | null {
  const total = counts.reduce((sum, each) => sum + each, 0);
  if (total === 0) return null;
  let left = share * total;
  for (const [bucket, count] of counts.entries()) {
    if (count >= left && count > 0) return bucket + left / count;
    left -= count;
  }
  return counts.length;
}

/** Outlines of all cells of one shade as one path, on a grid where a cell is 1 by 1 and the lowest bucket lies at the bottom. */
export function shadePath(cells: readonly { column: number; row: number }[], rows: number, step: number): string {
  // A hair wider than it is: rounded to pixels, two columns might otherwise leave a line between them.
  const width = (step * 1.003).toFixed(7);
  return cells.map(({ column, row }) => `M${(column * step).toFixed(7)} ${rows - row - 1}h${width}v1h-${width}z`).join("");
}
