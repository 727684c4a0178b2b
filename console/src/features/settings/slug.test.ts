import { expect, it } from "vitest";

import { faultOfSlug, slugOf } from "./slug";

it.each([
  ["Support copilot", "support-copilot"],
  ["  Größe & Café!  ", "gro-e-cafe"],
  ["2nd try", "nd-try"],
  ["日本", ""],
  ["a".repeat(39) + " b", "a".repeat(39)],
])("makes %j into %j", (name, slug) => {
  expect(slugOf(name)).toBe(slug);
});

it("says what is wrong with a short name", () => {
  expect(faultOfSlug("support-2")).toBeNull();
  expect(faultOfSlug("")).toMatch(/needs/);
  expect(faultOfSlug("2support")).toMatch(/beginning/);
});
