import { describe, expect, it } from "vitest";

import { changeOf, exactMoney, formatChange, formatCompact, formatDateTime, formatDuration, formatModel, formatMoney, formatPercent, formatRelative } from "./format";

describe("money", () => {
  it.each([
    ["0", "$0.00"],
    ["0.000000", "$0.00"],
    ["40.1749", "$40.17"],
    ["40.175", "$40.18"],
    ["1234567.899", "$1,234,567.90"],
    ["0.995", "$0.995"],
    ["0.25", "$0.25"],
    ["0.99999", "$1.00"],
    ["0.0999999", "$0.10"],
    ["0.002728600", "$0.00273"],
    ["0.0000042", "$0.0000042"],
    ["0.00000000001", "<$0.00000001"],
    ["-3.5", "\u2212$3.50"],
  ])("shows %s as %s", (usd, shown) => {
    expect(formatMoney(usd)).toBe(shown);
  });

  it("keeps the digits that a float would lose", () => {
    expect(formatMoney("9007199254740993.01")).toBe("$9,007,199,254,740,993.01");
    expect(exactMoney("0.123456789012")).toBe("$0.123456789012");
  });
});

describe("durations", () => {
  it.each([
    [0, "0 ms"],
    [0.0004, "1 µs"],
    [0.84, "840 µs"],
    [9.94, "9.9 ms"],
    [840.4, "840 ms"],
    [999.6, "1.00 s"],
    [1240, "1.24 s"],
    [9999, "10.0 s"],
    [59_940, "59.9 s"],
    [59_990, "1 m 00 s"],
    [125_000, "2 m 05 s"],
    [3_600_000, "1 h 00 m"],
    [-12, "\u221212 ms"],
  ])("shows %d ms as %s", (ms, shown) => {
    expect(formatDuration(ms)).toBe(shown);
  });
});

describe("numbers", () => {
  it.each([
    [0, "0"],
    [999, "999"],
    [12_480, "12.5k"],
    [999_999, "1,000k"],
    [3_100_000, "3.1M"],
    [2_000_000_000, "2B"],
  ])("shortens %d to %s", (value, shown) => {
    expect(formatCompact(value)).toBe(shown);
  });

  it("never shows a small share as none", () => {
    expect(formatPercent(0.0004)).toBe("0.04%");
    expect(formatPercent(0)).toBe("0%");
    expect(formatPercent(0.123)).toBe("12%");
  });
});

describe("relative times", () => {
  const now = new Date("2026-11-24T10:00:00Z");

  it.each([
    ["2026-11-24T09:59:58Z", "now"],
    ["2026-11-24T09:59:18Z", "42s ago"],
    ["2026-11-24T09:58:01Z", "1m ago"],
    ["2026-11-22T10:00:00Z", "2d ago"],
    ["2026-11-24T13:00:00Z", "in 3h"],
  ])("says of %s: %s", (at, shown) => {
    expect(formatRelative(new Date(at), now)).toBe(shown);
  });
});

describe("moments", () => {
  it("name the year when it is another one", () => {
    const at = new Date(2026, 10, 24, 10, 7, 14);
    expect(formatDateTime(at, new Date(2026, 11, 1))).toBe("24 Nov, 10:07:14");
    expect(formatDateTime(at, new Date(2027, 0, 1))).toBe("24 Nov 2026, 10:07:14");
  });
});

describe("changes", () => {
  it.each([
    [0.125, "13%"],
    [-0.0412, "4.1%"],
    [8.99, "899%"],
    [13.4, "14×"],
    [1498, "1.5k×"],
  ])("shows %d as %s", (change, shown) => {
    expect(formatChange(change)).toBe(shown);
  });

  it("compares with the value before", () => {
    expect(changeOf(200, 150)).toBe(-0.25);
  });

  it("has nothing to say without a value before", () => {
    expect(changeOf(0, 5)).toBeNull();
    expect(changeOf(null, 5)).toBeNull();
    expect(changeOf(5, undefined)).toBeNull();
  });
});

describe("models", () => {
  it.each([
    ["openai", "gpt-4o", "openai/gpt-4o"],
    ["", "own-llama", "own-llama"],
  ])("of provider %j and name %j are shown as %s", (provider, model, shown) => {
    expect(formatModel(provider, model)).toBe(shown);
  });
});
