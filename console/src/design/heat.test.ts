import { describe, expect, it } from "vitest";

import { quantileBucket, SHADES, shadeOf, usedBuckets } from "./heat";

describe("shadeOf", () => {
  it("is nothing for nothing, and the strongest for the most", () => {
    expect([shadeOf(0, 50), shadeOf(50, 50), shadeOf(1, 1)]).toEqual([0, SHADES, SHADES]);
  });

  it("shows one among thousands", () => {
    expect(shadeOf(1, 10_000)).toBeGreaterThan(0);
    expect(shadeOf(1, 10_000)).toBeLessThan(SHADES);
  });
});

describe("usedBuckets", () => {
  it("leaves out what is empty, but for one bucket on either side", () => {
    const columns = [{ at_s: 0, counts: [0, 0, 0, 4, 0, 0] }, { at_s: 1, counts: [0, 0, 0, 0, 1, 0] }];
    expect(usedBuckets(columns, 6)).toEqual({ first: 2, last: 5 });
  });

  it("shows all buckets when none is used", () => {
    expect(usedBuckets([], 6)).toEqual({ first: 0, last: 5 });
  });
});

describe("quantileBucket", () => {
  it("finds the place within a bucket", () => {
    expect(quantileBucket([0, 10, 0], 0.5)).toBe(1.5);
    expect(quantileBucket([5, 5], 0.95)).toBeCloseTo(1.9);
  });

  it("knows nothing of an empty column", () => {
    expect(quantileBucket([0, 0], 0.5)).toBeNull();
  });
});
