/** How numbers, money and times are written. Pure; every figure on every page goes through here. */

const MINUS = "\u2212";
const count = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const one = new Intl.NumberFormat("en-US", { maximumFractionDigits: 1 });

/** A whole number with thousands separated: `12,480`. */
export function formatCount(value: number): string {
  return count.format(value);
}

/** A number short enough for a tile or an axis: `980`, `12.5k`, `3.1M`. */
export function formatCompact(value: number): string {
  const size = Math.abs(value);
  if (size < 1_000) return Number.isInteger(value) ? String(value) : one.format(value);
  for (const [scale, letter] of [
    [1e9, "B"],
    [1e6, "M"],
    [1e3, "k"],
  ] as const) {
    if (size >= scale) {
      const scaled = value / scale;
      return `${Math.abs(scaled) < 100 ? one.format(scaled) : count.format(scaled)}${letter}`;
    }
  }
  return count.format(value);
}

/** A share as a percentage; small ones keep a digit more, so that 0.04 % does not read as none. */
export function formatPercent(share: number): string {
  const percent = share * 100;
  if (percent === 0) return "0%";
  const size = Math.abs(percent);
  return `${percent.toFixed(size < 0.1 ? 2 : size < 10 ? 1 : 0).replace("-", MINUS)}%`;
}

/** Milliseconds as a person reads them: `840 µs`, `12 ms`, `1.24 s`, `2 m 05 s`. */
export function formatDuration(ms: number): string {
  if (ms < 0) return `${MINUS}${formatDuration(-ms)}`;
  if (ms === 0) return "0 ms";
  if (ms < 1) return `${Math.max(1, Math.round(ms * 1000))} µs`;
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 9_995) return `${(ms / 1000).toFixed(2)} s`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} m ${String(seconds % 60).padStart(2, "0")} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} m`;
}

/**
 * Dollars from the API's decimal text, at a length for reading: four significant digits below a dollar, cents above.
 * The text is never turned into a float before its digits were chosen; `exactMoney` shows all of them.
 */
export function formatMoney(usd: string): string {
  const negative = usd.startsWith("-");
  const [whole = "0", fraction = ""] = usd.replace("-", "").split(".");
  const sign = negative ? MINUS : "";
  const leading = fraction.search(/[1-9]/);
  if (whole === "0" && leading === -1) return "$0.00";
  if (whole === "0" && leading >= 2) {
    if (leading >= 8) return `${sign}<$0.00000001`;
    const digits = roundDigits(fraction, leading + 3);
    return `${sign}$${digits.carry}.${digits.fraction.replace(/0+$/, "").padEnd(2, "0")}`;
  }
  const places = whole === "0" ? 4 : 2;
  const digits = roundDigits(fraction, places);
  const dollars = BigInt(whole) + BigInt(digits.carry);
  const shown = places === 4 ? digits.fraction.replace(/0{1,2}$/, "") : digits.fraction;
  return `${sign}$${dollars.toLocaleString("en-US")}.${shown}`;
}

/** Rounds decimal digits half up at `places`, without floating point. */
function roundDigits(fraction: string, places: number): { carry: number; fraction: string } {
  const padded = fraction.padEnd(places + 1, "0");
  const kept = BigInt(`1${padded.slice(0, places)}`) + (padded.charAt(places) >= "5" ? 1n : 0n);
  const text = kept.toString();
  return { carry: Number(text.charAt(0)) - 1, fraction: text.slice(1) };
}

/** All digits of an amount, with a dollar sign. */
export function exactMoney(usd: string): string {
  return usd.startsWith("-") ? `${MINUS}$${usd.slice(1)}` : `$${usd}`;
}

const UNITS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];
const relative = new Intl.RelativeTimeFormat("en", { numeric: "always", style: "narrow" });

/** How long ago, in one unit: `now`, `42s ago`, `3h ago`, `in 2d`. */
export function formatRelative(at: Date, now: Date): string {
  const seconds = Math.round((at.getTime() - now.getTime()) / 1000);
  const size = Math.abs(seconds);
  if (size < 5) return "now";
  for (const [unit, length] of UNITS) {
    if (size >= length) return relative.format(Math.trunc(seconds / length), unit);
  }
  return relative.format(seconds, "second");
}

const toTheSecond = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit" } as const;
const thisYear = new Intl.DateTimeFormat("en-GB", toTheSecond);
const anyYear = new Intl.DateTimeFormat("en-GB", { ...toTheSecond, year: "numeric" });
const shortTime = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

/** A moment to the second, in the reader's zone: `24 Nov, 10:07:14`; one of another year says which. */
export function formatDateTime(at: Date, now = new Date()): string {
  return (at.getFullYear() === now.getFullYear() ? thisYear : anyYear).format(at);
}

/** A moment without year and seconds: `24 Nov, 10:07`. */
export function formatShortTime(at: Date): string {
  return shortTime.format(at);
}

/** A change without its sign: `12%`, and from ten times on as a factor, `14×`. */
export function formatChange(change: number): string {
  return change >= 9 ? `${formatCompact(Math.round(change + 1))}×` : formatPercent(Math.abs(change));
}

/** The change from one value to the next as a share of the first; null when there is nothing to compare with. */
export function changeOf(before: number | null | undefined, now: number | null | undefined): number | null {
  if (before === null || before === undefined || now === null || now === undefined || before === 0) return null;
  return (now - before) / before;
}

/** A model with who provides it; alone while nobody knows that. */
export function formatModel(provider: string, model: string): string {
  return provider ? `${provider}/${model}` : model;
}
