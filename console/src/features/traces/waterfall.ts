/** Where each span lies on the time line of its trace, and under which parent. Pure. */

export interface SpanTimes {
  span_id: string;
  parent_span_id: string;
  /** Nanoseconds since the Unix epoch, as text because of their size. */
  start_ns: string;
  duration_ms: number;
  ttft_ms: number | null;
}

export interface Bar<Span extends SpanTimes> {
  span: Span;
  depth: number;
  /** Milliseconds after the start of the trace. */
  offsetMs: number;
  /** Shares of the whole trace, from 0 to 1. */
  left: number;
  width: number;
  /** Where within the bar the first token came, from 0 to 1; null when nothing was streamed. */
  firstToken: number | null;
}

export interface Waterfall<Span extends SpanTimes> {
  bars: Bar<Span>[];
  totalMs: number;
}

const NS_PER_MS = 1_000_000n;

/** Milliseconds between two moments in nanoseconds; subtracted whole, so that nothing is lost to floating point. */
function msBetween(from: bigint, to: bigint): number {
  const ns = to - from;
  return Number(ns / NS_PER_MS) + Number(ns % NS_PER_MS) / 1e6;
}

/** Lays out the spans depth first, children in order of their start. A span without a known parent stands at the top. */
export function layOut<Span extends SpanTimes>(spans: readonly Span[]): Waterfall<Span> {
  if (spans.length === 0) return { bars: [], totalMs: 0 };
  const start = spans.map((span) => BigInt(span.start_ns)).reduce((one, other) => (other < one ? other : one));
  const offset = (span: Span): number => msBetween(start, BigInt(span.start_ns));
  const totalMs = Math.max(...spans.map((span) => offset(span) + span.duration_ms), Number.MIN_VALUE);

  const known = new Set(spans.map((span) => span.span_id));
  const children = new Map<string, Span[]>();
  for (const span of spans) {
    const parent = known.has(span.parent_span_id) && span.parent_span_id !== span.span_id ? span.parent_span_id : "";
    children.set(parent, [...(children.get(parent) ?? []), span]);
  }

  const bars: Bar<Span>[] = [];
  const seen = new Set<string>();
  const place = (span: Span, depth: number): void => {
    if (seen.has(span.span_id)) return;
    seen.add(span.span_id);
    const offsetMs = offset(span);
    bars.push({
      span,
      depth,
      offsetMs,
      left: offsetMs / totalMs,
      width: span.duration_ms / totalMs,
      firstToken: span.ttft_ms === null || span.duration_ms === 0 ? null : Math.min(1, Math.max(0, span.ttft_ms / span.duration_ms)),
    });
    for (const child of inOrder(children.get(span.span_id) ?? [])) place(child, depth + 1);
  };
  for (const root of inOrder(children.get("") ?? [])) place(root, 0);
  // Spans that are parents of one another are reached from nowhere; they are shown all the same.
  for (const span of inOrder(spans)) place(span, 0);
  return { bars, totalMs };
}

function inOrder<Span extends SpanTimes>(spans: readonly Span[]): Span[] {
  return [...spans].sort((one, other) => {
    const difference = BigInt(one.start_ns) - BigInt(other.start_ns);
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  });
}

/** Two to five round moments, in milliseconds, to write along the time line. */
export function ticks(totalMs: number): number[] {
  if (!(totalMs > 0)) return [0];
  const rough = totalMs / 4;
  const scale = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((each) => rough <= each * scale * (1 + 1e-9)) ?? 10) * scale;
  return Array.from({ length: Math.floor(totalMs / step + 1e-9) + 1 }, (_, index) => index * step);
}
