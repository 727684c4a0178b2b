import { describe, expect, it } from "vitest";
import { changesOf, subjectOf, wordsOf } from "./action";

describe("wordsOf", () => {
  it.each([
    ["prompt.version.create", "prompt version", "create", "create"],
    ["api_key.revoke", "api key", "revoke", "remove"],
    ["release.rollback", "release", "rollback", "release"],
    ["session.login", "session", "login", "access"],
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
