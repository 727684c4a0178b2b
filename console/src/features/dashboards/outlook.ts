/** What a month will have cost, and over how many the cost is spread, as words and as places on a bar. Pure. */

import { formatPercent } from "@/design/format";

export interface Forecast {
  spent_usd: string;
  expected_usd: string | null;
  low_usd: string | null;
  high_usd: string | null;
}

export interface Places {
  spent: number;
  expected: number;
  low: number;
  high: number;
}

/** Where the amounts stand on a bar from nothing to a little beyond the highest, from 0 to 1; null while nothing is foreseen. */
export function placesOf({ spent_usd, expected_usd, low_usd, high_usd }: Forecast): Places | null {
  if (expected_usd === null || low_usd === null || high_usd === null) return null;
  const [spent, expected, low, high] = [spent_usd, expected_usd, low_usd, high_usd].map(Number) as [number, number, number, number];
  const end = Math.max(spent, expected, high) * 1.08;
  if (!(end > 0)) return null;
  return { spent: spent / end, expected: expected / end, low: low / end, high: high / end };
}

/** How concentrated the cost is, in one sentence: the fewest who make up half of it, or what the dearest make up. */
export function concentrationWords(top: readonly { cumulative_share: number }[], groups: number, plural: string): string {
  const half = top.findIndex((each) => each.cumulative_share >= 0.5);
  if (half !== -1) return `${half + 1} of ${groups.toLocaleString("en-US")} ${plural} make up ${formatPercent(top[half]?.cumulative_share ?? 0)} of the cost.`;
  return `The dearest ${top.length} of ${groups.toLocaleString("en-US")} ${plural} make up ${formatPercent(top.at(-1)?.cumulative_share ?? 0)} of the cost.`;
}
