import { describe, expect, it } from "vitest";
import { fold, sideBySide, tally, unified, wordsOf, type Line } from "./comparison";

const line = (op: Line["op"], text: string): Line => ({ op, text, words: [] });
const lines = [line("same", "a"), line("removed", "b"), line("removed", "c"), line("added", "B"), line("same", "d")];

it("pairs what was removed with what took its place, numbering each side", () => {
  expect(sideBySide(lines).map((row) => [row.left?.number, row.left?.text, row.right?.number, row.right?.text])).toEqual([
    [1, "a", 1, "a"],
    [2, "b", 2, "B"],
    [3, "c", undefined, undefined],
    [4, "d", 3, "d"],
  ]);
});

it("gives unified lines the numbers of both sides", () => {
  expect(unified(lines).map((row) => [row.left, row.right])).toEqual([
    [1, 1],
    [2, null],
    [3, null],
    [null, 2],
    [4, 3],
  ]);
});

describe("fold", () => {
  const isSame = (item: string) => item === ".";

  it("keeps the context of each change and folds the rest", () => {
    const stretches = fold(Array.from("......x......"), isSame, 2);
    expect(stretches.map((stretch) => [stretch.type, stretch.items.length])).toEqual([
      ["folded", 4],
      ["shown", 5],
      ["folded", 4],
    ]);
  });

  it("does not fold a single row", () => {
    expect(fold(Array.from("...x"), isSame, 2).every((stretch) => stretch.type === "shown")).toBe(true);
  });
});

it("draws only the words of a line's own side", () => {
  const changed: Line = {
    op: "added",
    text: "hello you",
    words: [
      { op: "same", text: "hello " },
      { op: "removed", text: "me" },
      { op: "added", text: "you" },
    ],
  };
  expect(wordsOf(changed).map((word) => word.text)).toEqual(["hello ", "you"]);
  expect(wordsOf(line("same", "a"))).toEqual([{ op: "same", text: "a" }]);
  expect(wordsOf({ op: "added", text: "all new", words: [{ op: "added", text: "all new" }] })).toEqual([{ op: "same", text: "all new" }]);
});

it("counts lines over all messages", () => {
  expect(tally([{ lines }, { lines: [line("added", "z")] }])).toEqual({ added: 2, removed: 2 });
});
