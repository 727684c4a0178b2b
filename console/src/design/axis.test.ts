import { describe, expect, it } from "vitest";

import { axisFigure, axisTime, dotted, niceCeiling } from "./axis";

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

describe("axisTime", () => {
  const at = (hours: number) => new Date(2026, 10, 24, hours).getTime() / 1000;
  it("says the day at midnight, and the hour between two midnights of a week", () => {
    expect([axisTime(at(0), 7 * 86_400), axisTime(at(12), 7 * 86_400), axisTime(at(24), 7 * 86_400)]).toEqual(["24 Nov", "12:00", "25 Nov"]);
  });

  it("says the day alone in a range of weeks", () => {
    expect(axisTime(at(1), 30 * 86_400)).toBe("24 Nov");
  });
});
