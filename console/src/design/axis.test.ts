import { describe, expect, it } from "vitest";

import { axisFigure, dotted, niceCeiling } from "./axis";

describe("the top of a chart", () => {
  it.each([
    [0, 1],
    [1, 1.5],
    [97, 150],
    [410, 500],
    [0.0032, 0.004],
  ])("for %d is %d", (highest, top) => {
    expect(niceCeiling(highest)).toBeCloseTo(top, 12);
  });

  it("leaves room above the highest value", () => {
    for (let value = 1e-6; value < 1e9; value *= 1.37) expect(niceCeiling(value)).toBeGreaterThanOrEqual(value * 1.08 * (1 - 1e-9));
  });
});

describe("a figure on an axis", () => {
  it("drops the places that say nothing", () => {
    expect(axisFigure("4.00 s")).toBe("4 s");
    expect(axisFigure("$1.00")).toBe("$1");
    expect(axisFigure("1 m 00 s")).toBe("1 m");
  });

  it("keeps those that do", () => {
    expect(axisFigure("1.50 s")).toBe("1.50 s");
    expect(axisFigure("$0.005")).toBe("$0.005");
  });
});

describe("values drawn as dots", () => {
  it("are all of them while they are few", () => {
    expect(dotted([5, null, 1, 2, undefined, 0])).toEqual([0, 2, 3, 5]);
  });

  it("are those that stand alone when there are many", () => {
    const line = Array.from({ length: 40 }, () => 1);
    expect(dotted([3, null, ...line, null, 4])).toEqual([0, 43]);
  });
});
