import { describe, expect, it } from "vitest";

import { pivotOf } from "./pivot";

const group = (row: string | null, column: string | null, cost: string | null) => ({ key: [row, column], values: { cost }, points: [] });

describe("pivotOf", () => {
  const groups = [group("a", "x", "1"), group("b", "x", "5.5"), group("b", null, "2"), group("c", "y", null)];

  it("puts one field down and the other across, the greatest sums first", () => {
    const pivot = pivotOf(groups, "cost", { rows: 9, columns: 9 });
    expect(pivot.rows).toEqual([{ key: "b", total: 7.5 }, { key: "a", total: 1 }, { key: "c", total: null }]);
    expect(pivot.columns.map((column) => column.key)).toEqual(["x", null, "y"]);
    expect(pivot.most).toBe(5.5);
  });

  it("keeps the text of money, and tells the unknown from what is not there", () => {
    const pivot = pivotOf(groups, "cost", { rows: 9, columns: 9 });
    expect([pivot.at("b", "x"), pivot.at("c", "y"), pivot.at("a", "y")]).toEqual(["5.5", null, undefined]);
  });

  it("keeps only the greatest", () => {
    const pivot = pivotOf(groups, "cost", { rows: 1, columns: 1 });
    expect([pivot.rows.length, pivot.columns.length, pivot.most]).toEqual([1, 1, 5.5]);
  });
});
