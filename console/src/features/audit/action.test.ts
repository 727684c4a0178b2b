import { describe, expect, it } from "vitest";
import { changesOf, placeOf, subjectOf, wordsOf } from "./action";

describe("wordsOf", () => {
  it.each([
    ["prompt.version.create", "prompt version", "create", "create"],
    ["api_key.revoke", "api key", "revoke", "remove"],
    ["release.rollback", "release", "rollback", "release"],
    ["auth.login.failed", "auth login", "failed", "access"],
    ["provider.update", "provider", "update", "change"],
  ])("%s", (action, noun, verb, tone) => {
    expect(wordsOf(action)).toEqual({ noun, verb, tone });
  });
});

it("groups actions by their subject", () => {
  expect(subjectOf("prompt.version.create")).toBe("prompt");
});

describe("changesOf", () => {
  it("compares two objects field by field", () => {
    expect(changesOf({ before: { name: "a", kind: "x" }, after: { name: "b", kind: "x" } })).toEqual([
      { field: "name", before: "a", after: "b" },
    ]);
  });

  it("reads single fields", () => {
    expect(changesOf({ role: { before: "viewer", after: "admin" }, email: "a@b.c" })).toEqual([
      { field: "role", before: "viewer", after: "admin" },
    ]);
  });
});

it.each([
  ["release.create", "rel_1", { prompt_id: "prm_1" }, { kind: "prompt", id: "prm_1", tab: "releases" }],
  ["prompt.version.create", "prm_1", { number: 4 }, { kind: "prompt", id: "prm_1", tab: "compare", version: 4 }],
  ["prompt.version.create", "prm_1", { number: 1 }, { kind: "prompt", id: "prm_1", tab: "versions" }],
  ["prompt.delete", "prm_1", {}, null],
  ["key.revoke", "key_1", {}, { kind: "keys" }],
  ["auth.login", "usr_1", {}, null],
])("leads from %s to the place of its subject", (action, subject, detail, place) => {
  expect(placeOf({ action, subject, detail })).toEqual(place);
});
