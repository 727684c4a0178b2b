import { expect, it } from "vitest";

import { formatSpan } from "./moment";

it("says a length of time as one says it", () => {
  expect([0, 59_400, 60_000, 3_599_000, 7_200_000, 86_400_000, 5 * 86_400_000].map(formatSpan)).toEqual([
    "0 s",
    "59 s",
    "1 min",
    "59 min",
    "2 h",
    "1 day",
    "5 days",
  ]);
});
