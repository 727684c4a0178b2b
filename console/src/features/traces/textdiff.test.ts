import { describe, expect, it } from "vitest";

import { lineDiff } from "./textdiff";

const shape = (before: string, after: string) => lineDiff(before, after).map(({ op, text }) => `${{ same: " ", added: "+", removed: "-" }[op]}${text}`);

describe("the difference of two texts", () => {
  it("keeps what is the same", () => {
    expect(shape("a\nb", "a\nb")).toEqual([" a", " b"]);
  });

  it("tells what goes and what comes", () => {
    expect(shape("a\nb\nc", "a\nx\nc\nd")).toEqual([" a", "-b", "+x", " c", "+d"]);
    expect(shape("", "a")).toEqual(["-", "+a"]);
  });

  it("marks the words that differ within a line", () => {
    const [old, now] = lineDiff("Oslo is in Sweden", "Oslo is in Norway");
    expect(old?.words.filter((word) => word.op !== "same")).toEqual([
      { op: "removed", text: "Sweden" },
      { op: "added", text: "Norway" },
    ]);
    expect(now?.words).toEqual(old?.words);
  });

  it("puts both texts together again", () => {
    const before = "one\ntwo\nthree\nfour\nfive";
    const after = "zero\ntwo\nfour\nfive\nsix\nseven";
    const lines = lineDiff(before, after);
    expect(lines.filter(({ op }) => op !== "added").map(({ text }) => text).join("\n")).toBe(before);
    expect(lines.filter(({ op }) => op !== "removed").map(({ text }) => text).join("\n")).toBe(after);
  });

  it("replaces what is too long to compare", () => {
    const long = (mark: string) => Array.from({ length: 2_500 }, (_, index) => `${mark}${index}`).join("\n");
    expect(lineDiff(long("a"), long("b"))).toHaveLength(5_000);
  });
});
