/** Lengths of time in words. Pure. */

const UNITS = [
  ["day", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
] as const;

/** A length of time as one says it: `3 min`, `2 h`, `5 days`. */
export function formatSpan(ms: number): string {
  const found = UNITS.find(([, length]) => ms >= length);
  if (!found) return `${Math.max(0, Math.round(ms / 1000))} s`;
  const count = Math.floor(ms / found[1]);
  return found[0] === "day" && count > 1 ? `${count} days` : `${count} ${found[0]}`;
}
