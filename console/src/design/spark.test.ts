import { describe, expect, it } from "vitest";

import { sparkPaths } from "./spark";

describe("a sparkline", () => {
  it("goes from the left edge to the right one, the greatest value highest", () => {
    expect(sparkPaths([0, 10, 5], 100, 30).line).toBe("M0.00 29.00L50.00 2.00L100.00 15.50");
  });

  it("is interrupted where a value is missing", () => {
    expect(sparkPaths([1, null, 1, 1], 90, 30).line.match(/M/g)).toHaveLength(2);
  });

  it("is flat when there is nothing to show", () => {
    expect(sparkPaths([0, 0, 0], 100, 30)).toEqual({ line: "M0 29H100", area: "" });
    expect(sparkPaths([null], 100, 30).area).toBe("");
  });
});
