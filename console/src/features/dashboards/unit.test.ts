import { describe, expect, it } from "vitest";

import { axisFormat, betterOf, exactValue, formatValue } from "./unit";

describe("formatValue", () => {
  it("writes each unit in its own way", () => {
    expect(formatValue("12.3456", "usd")).toBe("$12.35");
    expect(formatValue(1530, "ms")).toBe("1.53 s");
    expect(formatValue(0.0312, "ratio")).toBe("3.1%");
    expect(formatValue(12_480, "count")).toBe("12.5k");
    expect(formatValue(48.26, "per_second")).toBe("48.3/s");
    expect(formatValue(0.814, "score")).toBe("0.81");
  });

  it("never writes an unknown amount as zero", () => {
    expect(formatValue(null, "usd")).toBe("unpriced");
    expect(formatValue(null, "ms")).toBe("–");
  });
});

describe("exactValue", () => {
  it("keeps all digits of money", () => {
    expect(exactValue("0.000000123456", "usd")).toBe("$0.000000123456");
    expect(exactValue(12_480, "tokens")).toBe("12,480");
  });
});

describe("axisFormat", () => {
  it("writes a place between two amounts", () => {
    expect(axisFormat("usd")(1.5)).toBe("$1.50");
  });
});

describe("betterOf", () => {
  it("knows what is good", () => {
    expect([betterOf("error_rate", "ratio"), betterOf("success_rate", "ratio"), betterOf("calls", "count"), betterOf("cost_per_success", "usd")]).toEqual(["less", "more", "neither", "less"]);
  });
});
