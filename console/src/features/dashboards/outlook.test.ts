import { describe, expect, it } from "vitest";

import { concentrationWords, placesOf } from "./outlook";

describe("placesOf", () => {
  it("places the amounts on one bar", () => {
    expect(placesOf({ spent_usd: "50", expected_usd: "80", low_usd: "70", high_usd: "100" })).toEqual({ spent: 50 / 108, expected: 80 / 108, low: 70 / 108, high: 100 / 108 });
  });

  it("says nothing while nothing is foreseen", () => {
    expect(placesOf({ spent_usd: "5", expected_usd: null, low_usd: null, high_usd: null })).toBeNull();
    expect(placesOf({ spent_usd: "0", expected_usd: "0", low_usd: "0", high_usd: "0" })).toBeNull();
  });
});

describe("concentrationWords", () => {
  it("names the fewest who make up half", () => {
    expect(concentrationWords([{ cumulative_share: 0.4 }, { cumulative_share: 0.62 }, { cumulative_share: 0.7 }], 240, "users")).toBe("2 of 240 users make up 62% of the cost.");
  });

  it("names the dearest when they are less than half", () => {
    expect(concentrationWords([{ cumulative_share: 0.1 }, { cumulative_share: 0.2 }], 2_400, "sessions")).toBe("The dearest 2 of 2,400 sessions make up 20% of the cost.");
  });
});
