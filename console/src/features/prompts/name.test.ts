import { describe, expect, it } from "vitest";
import { faultOfName, groupByFolder, splitName } from "./name";

describe("faultOfName", () => {
  it.each(["answer", "Support/Answer", "a/b/c-d_e.f", "0"])("accepts %s", (name) => {
    expect(faultOfName(name)).toBeNull();
  });

  it.each([
    ["", /name/],
    ["support/größe", /cannot stand/],
    ["support/..", /cannot stand/],
    ["support answer", /space/],
    ["support//answer", /slashes/],
    ["/answer", /slashes/],
    ["a".repeat(256), /256/],
  ])("refuses %j", (name, reason) => {
    expect(faultOfName(name)).toMatch(reason);
  });
});

it("splits the folder off a name", () => {
  expect(splitName("a/b/c")).toEqual({ folder: "a/b", leaf: "c" });
  expect(splitName("c")).toEqual({ folder: "", leaf: "c" });
});

it("groups by folder with the top first and names in order", () => {
  const grouped = groupByFolder([{ name: "z/b" }, { name: "top" }, { name: "a/x" }, { name: "z/a" }]);
  expect(grouped.map((folder) => [folder.path, folder.items.map((item) => item.name)])).toEqual([
    ["", ["top"]],
    ["a", ["a/x"]],
    ["z", ["z/a", "z/b"]],
  ]);
});
