import { describe, expect, it } from "vitest";

import { stacked } from "./stack";

describe("stacked", () => {
  it("adds each series to those beneath it", () => {
    expect(stacked([[1, 2], [3, null]])).toEqual([[1, 2], [4, 2]]);
  });

  it("leaves a gap where nothing is known", () => {
    expect(stacked([[null, 1], [null, 2]])).toEqual([[null, 1], [null, 3]]);
  });

  it("is nothing without series", () => {
    expect(stacked([])).toEqual([]);
  });
});
