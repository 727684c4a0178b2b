import { describe, expect, it } from "vitest";

import { rank } from "./rank";

const all = ["Overview", "Traces", "API keys", "support/answer", "Project settings"].map((name) => ({ name, group: "Go to" }));
const names = (typed: string) => rank(all, typed).map((each) => each.name);

describe("ranking", () => {
  it("shows everything while nothing is typed", () => {
    expect(names("  ")).toHaveLength(all.length);
  });

  it("puts a beginning before a word before a part", () => {
    expect(rank([{ name: "my key", group: "" }, { name: "monkey", group: "" }, { name: "keys", group: "" }], "key").map((each) => each.name)).toEqual([
      "keys",
      "my key",
      "monkey",
    ]);
  });

  it("finds initials", () => {
    expect(names("ps")[0]).toBe("Project settings");
  });

  it("leaves out what does not match", () => {
    expect(names("zz")).toEqual([]);
  });

  it("keeps the groups together in their order", () => {
    const mixed = [
      { name: "trace of b", group: "first" },
      { name: "b", group: "second" },
    ];
    expect(rank(mixed, "b").map((each) => each.group)).toEqual(["first", "second"]);
  });
});
