import { describe, expect, it } from "vitest";

import { neighbours, originOf, readOrigin, readReturn } from "./origin";

const ids = Array.from({ length: 500 }, (_, index) => `t${index}`);

describe("the origin of a trace", () => {
  it("knows the way back and the traces around", () => {
    const origin = originOf("/list?status=error", ids, "t250");
    expect(origin.from).toBe("/list?status=error");
    expect(neighbours(origin, "t250")).toEqual({ previous: "t249", next: "t251" });
  });

  it("carries a bounded number of neighbours", () => {
    expect(originOf("/", ids, "t250").siblings).toHaveLength(201);
    expect(originOf("/", ids, "t3").siblings).toHaveLength(104);
  });

  it("ends at the ends of the list", () => {
    expect(neighbours(originOf("/", ids, "t0"), "t0").previous).toBeNull();
    expect(neighbours(originOf("/", ids, "t499"), "t499").next).toBeNull();
    expect(neighbours(originOf("/", ids, "t5"), "elsewhere")).toEqual({ previous: null, next: null });
  });

  it("survives the history", () => {
    const origin = originOf("/list", ids, "t1");
    expect(readOrigin(JSON.parse(JSON.stringify(origin)))).toEqual(origin);
  });

  it.each([null, undefined, "text", 3, {}, { from: 1 }, { siblings: ["a"] }])("is nothing for any other state: %o", (state) => {
    expect(readOrigin(state)).toBeNull();
    expect(readReturn(state)).toBeNull();
  });

  it("leaves out neighbours that are not ids", () => {
    expect(readOrigin({ from: "/", siblings: ["a", 1, null] })?.siblings).toEqual(["a"]);
  });
});
