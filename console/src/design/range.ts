/** A range of time, either the last so-and-so-long, which moves with the clock, or between two moments. Pure. */

export interface Last {
  kind: "last";
  /** `15m`, `24h`, `7d`: a number and a unit. */
  span: string;
}

export interface Between {
  kind: "between";
  from: Date;
  to: Date;
}

export type Range = Last | Between;

export const PRESETS: readonly { span: string; label: string }[] = [
  { span: "15m", label: "Last 15 minutes" },
  { span: "1h", label: "Last hour" },
  { span: "6h", label: "Last 6 hours" },
  { span: "24h", label: "Last 24 hours" },
  { span: "7d", label: "Last 7 days" },
  { span: "30d", label: "Last 30 days" },
];

export const DEFAULT_RANGE: Last = { kind: "last", span: "1h" };

const UNIT_MS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 };
const LONGEST_MS = 400 * 86_400_000;

/** The length of `24h` in milliseconds, or null when the text is not a span. */
export function spanMs(span: string): number | null {
  const match = /^(\d{1,4})([mhd])$/.exec(span);
  const unit = UNIT_MS[match?.[2] ?? ""];
  if (!match || unit === undefined) return null;
  const length = Number(match[1]) * unit;
  return length > 0 && length <= LONGEST_MS ? length : null;
}

/** Reads a range from a query string. What cannot be read becomes the default, so that an old link still opens. */
export function readRange(search: URLSearchParams, fallback: Range = DEFAULT_RANGE): Range {
  const from = new Date(search.get("from") ?? "");
  const to = new Date(search.get("to") ?? "");
  if (from < to) return { kind: "between", from, to };
  const span = search.get("range");
  return span !== null && spanMs(span) !== null ? { kind: "last", span } : fallback;
}

/** The query parameters that say this range; those of the other kind are null, to be removed. */
export function rangeQuery(range: Range): { range: string | null; from: string | null; to: string | null } {
  if (range.kind === "last") return { range: range.span, from: null, to: null };
  return { range: null, from: range.from.toISOString(), to: range.to.toISOString() };
}

/** The two moments that a range means at `now`. */
export function bounds(range: Range, now: Date): { from: Date; to: Date } {
  if (range.kind === "between") return { from: range.from, to: range.to };
  return { from: new Date(now.getTime() - (spanMs(range.span) ?? 3_600_000)), to: now };
}

/**
 * The range of equal length before, at moments that do not move with every second: while a page keeps itself up to date, the past
 * need not be asked for again each time.
 */
export function rangeBefore(from: Date, to: Date): { from: Date; to: Date } {
  const length = to.getTime() - from.getTime();
  const grain = Math.max(1_000, Math.round(length / 100));
  const end = Math.floor(from.getTime() / grain) * grain;
  return { from: new Date(end - length), to: new Date(end) };
}

const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const minute = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });

/** The range in words, for the button that changes it. */
export function rangeLabel(range: Range): string {
  if (range.kind === "last") {
    return PRESETS.find((preset) => preset.span === range.span)?.label ?? `Last ${range.span}`;
  }
  const [from, to] = [range.from, range.to];
  const end = day.format(from) === day.format(to) ? minute.format(to) : `${day.format(to)}, ${minute.format(to)}`;
  return `${day.format(from)}, ${minute.format(from)} – ${end}`;
}

/** A moment as an `<input type="datetime-local">` wants it, in the reader's zone. */
export function toLocalInput(at: Date): string {
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** A usual range a good deal longer than this one: a day, else a month; null when there is none. */
export function longerThan(range: Range): Last | null {
  const length = range.kind === "last" ? (spanMs(range.span) ?? 0) : range.to.getTime() - range.from.getTime();
  const span = ["24h", "30d"].find((each) => (spanMs(each) ?? 0) > length);
  return span === undefined ? null : { kind: "last", span };
}
