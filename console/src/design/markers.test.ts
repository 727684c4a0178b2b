import { describe, expect, it } from "vitest";

import { flagsOf, type Marker } from "./markers";

const marker = (id: string, at_s: number): Marker => ({ id, at_s, kind: "release", title: id, detail: "" });

describe("flagsOf", () => {
  it("places what is in the range and leaves out the rest", () => {
    const flags = flagsOf([marker("late", 300), marker("in", 150), marker("early", 50)], [100, 200]);
    expect(flags.map((flag) => [flag.place, flag.markers[0].id])).toEqual([[0.5, "in"]]);
  });

  it("lets markers share a flag when they are too close to be told apart", () => {
    const flags = flagsOf([marker("b", 1_001), marker("a", 1_000), marker("c", 1_500)], [0, 2_000]);
    expect(flags.map((flag) => flag.markers.map((each) => each.id))).toEqual([["a", "b"], ["c"]]);
  });

  it("has no flags in a range without length", () => {
    expect(flagsOf([marker("a", 1)], [1, 1])).toEqual([]);
  });
});
