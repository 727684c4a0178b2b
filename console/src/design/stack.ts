/** Series laid upon one another. Pure. */

type Values = readonly (number | null)[];

/**
 * The upper edge of each series when they are stacked in their order, the first at the bottom. What a series does not have
 * counts as nothing, unless no series has a value there: then there is a gap.
 */
export function stacked(series: readonly Values[]): (number | null)[][] {
  const length = series[0]?.length ?? 0;
  const isKnown = Array.from({ length }, (_, at) => series.some((values) => values[at] !== null && values[at] !== undefined));
  const sums = new Array<number>(length).fill(0);
  return series.map((values) =>
    isKnown.map((known, at) => {
      if (!known) return null;
      const sum = (sums[at] ?? 0) + (values[at] ?? 0);
      sums[at] = sum;
      return sum;
    }),
  );
}
