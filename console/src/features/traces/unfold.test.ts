import { describe, expect, it } from "vitest";

import { around, barOf, EVERYTHING, marks, revealed, toggled, zoomed } from "./unfold";

describe("folding", () => {
  it("folds and unfolds one span", () => {
    const folded = toggled(EVERYTHING, "a", false);
    expect(folded.closed).toEqual(["a"]);
    expect(toggled(folded, "a", true)).toEqual({ levels: null, opened: ["a"], closed: [] });
  });

  it("unfolds only what hides a span", () => {
    const unfolding = { levels: 1, opened: ["b"], closed: ["root"] };
    expect(revealed(unfolding, ["root", "b", "c"])).toEqual({ levels: 1, opened: ["b", "root", "c"], closed: [] });
  });

  it("stays the same when the span can be seen", () => {
    const unfolding = { levels: 2, opened: [], closed: ["x"] };
    expect(revealed(unfolding, ["root", "b"])).toBe(unfolding);
  });
});

describe("the time line", () => {
  it("zooms around a moment that keeps its place", () => {
    const zoom = zoomed({ from: 0, to: 100 }, 0.5, 25, 100);
    expect(zoom).toEqual({ from: 12.5, to: 62.5 });
    expect((25 - zoom.from) / (zoom.to - zoom.from)).toBe(0.25);
  });

  it("never shows more than there is", () => {
    expect(zoomed({ from: 50, to: 100 }, 10, 60, 100)).toEqual({ from: 0, to: 100 });
    expect(around(0, 100, 100)).toEqual({ from: 0, to: 100 });
  });

  it("cuts a bar at the edges of what is looked at", () => {
    expect(barOf(0, 100, { from: 25, to: 75 })).toEqual({ left: 0, width: 1 });
    expect(barOf(50, 100, { from: 0, to: 100 })).toEqual({ left: 0.5, width: 0.5 });
    expect(barOf(80, 10, { from: 0, to: 50 })).toBeNull();
    expect(barOf(10, 10, { from: 50, to: 90 })).toBeNull();
  });

  it("writes round moments that lie within it", () => {
    expect(marks({ from: 0, to: 100 })).toEqual([0, 50, 100]);
    expect(marks({ from: 210, to: 290 })).toEqual([220, 240, 260, 280]);
    expect(marks({ from: 5, to: 5 })).toEqual([5]);
  });
});
