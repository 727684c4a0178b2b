import { describe, expect, it } from "vitest";

import { NEW_PANEL } from "./code";
import { moved, placed, resized, withChart } from "./draft";

const [a, b, c] = ["a", "b", "c"].map((title) => ({ ...NEW_PANEL, title })) as [typeof NEW_PANEL, typeof NEW_PANEL, typeof NEW_PANEL];
const titles = (panels: { title: string }[]) => panels.map((panel) => panel.title).join("");

describe("the panels of a draft", () => {
  it("move, and stay at the ends", () => {
    expect(titles(moved([a, b, c], 0, 1))).toBe("bac");
    expect(titles(moved([a, b, c], 2, 9))).toBe("abc");
    expect(titles(moved([a, b, c], 0, -1))).toBe("abc");
  });

  it("are replaced, or added at the end", () => {
    expect(titles(placed([a, b], 0, c))).toBe("cb");
    expect(titles(placed([a, b], 2, c))).toBe("abc");
  });

  it("become wider and narrower by steps", () => {
    expect([resized(4, 1), resized(4, -1), resized(12, 1), resized(3, -1)]).toEqual([6, 3, 12, 3]);
  });

  it("take along what a kind of chart needs", () => {
    expect(withChart({ ...a, measures: ["cost", "calls"], by: ["model"] }, "heatmap")).toMatchObject({ measures: ["p50_duration"], by: [] });
    expect(withChart({ ...a, over_time: false, limit: 100 }, "line")).toMatchObject({ over_time: true, limit: 20 });
  });
});
