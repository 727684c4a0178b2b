import { describe, expect, it } from "vitest";

import { layOut, ticks, type SpanTimes } from "./waterfall";

const START = 1_795_514_834_123_456_789n;

function span(id: string, parent: string, offsetMs: number, durationMs: number, ttftMs: number | null = null): SpanTimes {
  return {
    span_id: id,
    parent_span_id: parent,
    start_ns: (START + BigInt(Math.round(offsetMs * 1e6))).toString(),
    duration_ms: durationMs,
    ttft_ms: ttftMs,
  };
}

const shape = (spans: SpanTimes[]) => layOut(spans).bars.map((bar) => `${"  ".repeat(bar.depth)}${bar.span.span_id}`);

describe("a waterfall", () => {
  it("puts children under their parent in order of their start", () => {
    expect(shape([span("late", "root", 50, 10), span("root", "", 0, 100), span("early", "root", 1, 40), span("inner", "early", 2, 5)])).toEqual([
      "root",
      "  early",
      "    inner",
      "  late",
    ]);
  });

  it("places bars as shares of the whole, to the microsecond", () => {
    const { bars, totalMs } = layOut([span("root", "", 0, 200), span("call", "root", 0.001, 100)]);
    expect(totalMs).toBe(200);
    expect(bars[1]?.offsetMs).toBeCloseTo(0.001, 9);
    expect(bars[1]?.width).toBe(0.5);
  });

  it("marks the first token within its own bar", () => {
    const { bars } = layOut([span("root", "", 0, 200), span("call", "root", 100, 100, 25)]);
    expect(bars.map((bar) => bar.firstToken)).toEqual([null, 0.25]);
  });

  it("stretches to a child that outlives its parent", () => {
    expect(layOut([span("root", "", 0, 100), span("late", "root", 90, 60)]).totalMs).toBe(150);
  });

  it("shows spans whose parent is unknown, themselves, or in a circle", () => {
    expect(shape([span("orphan", "elsewhere", 0, 1), span("self", "self", 1, 1), span("a", "b", 2, 1), span("b", "a", 3, 1)])).toEqual([
      "orphan",
      "self",
      "a",
      "  b",
    ]);
  });

  it("bears having nothing to show", () => {
    expect(layOut([])).toEqual({ bars: [], totalMs: 0 });
    expect(layOut([span("instant", "", 0, 0)]).bars[0]?.left).toBe(0);
  });
});

describe("ticks", () => {
  it.each([
    [1_000, [0, 500, 1_000]],
    [80, [0, 20, 40, 60, 80]],
    [396, [0, 100, 200, 300]],
    [0.229, [0, 0.1, 0.2]],
    [0, [0]],
  ])("of %d ms are %o", (totalMs, expected) => {
    expect(ticks(totalMs)).toEqual(expected);
  });

  it("stay few at any length", () => {
    for (let totalMs = 0.01; totalMs < 1e7; totalMs *= 1.31) {
      expect(ticks(totalMs).length).toBeGreaterThanOrEqual(2);
      expect(ticks(totalMs).length).toBeLessThanOrEqual(5);
    }
  });
});
