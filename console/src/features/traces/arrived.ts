/** What a list becomes when calls come in. Pure. */

interface Call {
  trace_id: string;
  span_id: string;
  started_at: string;
}

/** How many calls a first page grows to; the older ones come back when the list is loaded again. */
const MOST = 500;

/** Puts new calls at their places, the newest first. A trace that went on is told again and takes the place of what it was. */
export function arrived<Row extends Call>(shown: readonly Row[], told: readonly Row[]): Row[] {
  const spans = new Set(told.map((row) => row.span_id));
  const traces = new Set(told.map((row) => row.trace_id));
  // Another span may stand for a trace now; a trace of several calls keeps those that are not told of.
  const kept = shown.filter((row) => !spans.has(row.span_id) && !(traces.has(row.trace_id) && told.some((each) => each.trace_id === row.trace_id && each.started_at <= row.started_at)));
  return [...kept, ...told].sort((one, other) => compare(other, one)).slice(0, Math.max(MOST, shown.length));
}

function compare(one: Call, other: Call): number {
  if (one.started_at !== other.started_at) return one.started_at < other.started_at ? -1 : 1;
  return one.span_id < other.span_id ? -1 : 1;
}
