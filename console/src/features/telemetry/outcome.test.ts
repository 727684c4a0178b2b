import { describe, expect, it } from "vitest";

import { paceText } from "./outcome";

describe("a pace", () => {
  it.each([
    [0, "0.00"],
    [0.004, "< 0.01"],
    [2.5, "2.50"],
    [1204.4, "1204"],
  ])("of %d spans a second is shown as %s", (perSecond, shown) => {
    expect(paceText(perSecond)).toBe(shown);
  });
});
