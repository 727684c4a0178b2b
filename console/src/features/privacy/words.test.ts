import { describe, expect, test } from "vitest";

import type { Redaction } from "./queries";
import { daysOf, isOn, modeOf, percentOf, shareOf, withChoice } from "./words";

const OFF: Redaction = {
  detectors: [],
  patterns: [],
  engine: "none",
  use_callback: false,
  style: "mask",
  places: ["inputs"],
  pseudonymise_users: false,
  on_failure: "closed",
};

describe("days", () => {
  test.each([
    ["", null],
    [" 30 ", 30],
    ["0", undefined],
    ["3651", undefined],
    ["1.5", undefined],
    ["a week", undefined],
  ])("%j are %j", (text, days) => {
    expect(daysOf(text)).toBe(days);
  });
});

describe("shares", () => {
  test.each([
    ["10", 0.1],
    ["12.5 %", 0.125],
    ["0", 0],
    ["100%", 1],
    ["101", null],
    ["", null],
    ["ten", null],
  ])("%j is %j", (text, share) => {
    expect(shareOf(text)).toBe(share);
  });

  test("every percentage from 0 to 100 is written as it was typed", () => {
    const typed = [...Array.from({ length: 101 }, (_, percent) => String(percent)), "0.001", "12.5", "57.123", "99.999"];
    expect(typed.map((text) => percentOf(shareOf(text) ?? Number.NaN))).toEqual(typed);
  });

  test("an environment that is not named keeps all", () => {
    expect([undefined, 1, 0.5, 0].map(modeOf)).toEqual(["all", "all", "some", "none"]);
  });
});

test("redaction without a place to look in does nothing", () => {
  expect(isOn(OFF)).toBe(false);
  expect(isOn({ ...OFF, detectors: ["email"] })).toBe(true);
  expect(isOn({ ...OFF, detectors: ["email"], places: [] })).toBe(false);
  expect(isOn({ ...OFF, places: [], pseudonymise_users: true })).toBe(true);
});

test("choices keep the order in which they are offered", () => {
  expect(withChoice(["a", "b", "c"], ["c"], "a", true)).toEqual(["a", "c"]);
  expect(withChoice(["a", "b", "c"], ["a", "c"], "a", false)).toEqual(["c"]);
});
