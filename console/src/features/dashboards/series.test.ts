import { describe, expect, it } from "vitest";

import { NEW_PANEL } from "./code";
import { drawnOf, labelOf, sorted, timesOf, toggled, unitsOf } from "./series";
import type { Group, Measure, Panel, PanelAnswer } from "./types";

const COST: PanelAnswer["measures"][number] = { name: "cost", title: "Cost", unit: "usd", description: "" };
const CALLS: PanelAnswer["measures"][number] = { name: "calls", title: "Calls", unit: "count", description: "" };
const P50: Measure = { name: "p50", title: "Median", unit: "ms" };
const P95: Measure = { name: "p95", title: "p95", unit: "ms" };

const group = (key: (string | null)[], ...costs: (string | null)[]): Group => ({
  key,
  values: { cost: "1" },
  points: costs.map((cost, index) => ({ at: `2026-11-24T0${index}:00:00Z`, values: { cost } })),
});
const answer = (groups: Group[], other: Group | null = null): PanelAnswer => ({ step_s: 3600, measures: [COST], groups, other, totals: {}, heat: null, unpriced_calls: 0 });
const byModel: Panel = { ...NEW_PANEL, chart: "area", measures: ["cost"], by: ["model"] };

describe("drawnOf", () => {
  it("makes a series of each group, and a grey one of the rest", () => {
    const drawn = drawnOf(byModel, answer([group(["a"], "0.5", null), group([null], "1", "2")], group([], "3", "4")), [COST]);
    expect(drawn.map((each) => [each.series.label, each.series.values])).toEqual([
      ["a", [0.5, null]],
      ["no model", [1, 2]],
      ["all others", [3, 4]],
    ]);
    expect(drawn.map((each) => each.series.color)).toEqual(["--category-1", "--category-2", "--category-other"]);
  });

  it("gives a group the same colour in panels that order the groups differently", () => {
    const colors = (...names: string[]) => new Map(drawnOf(byModel, answer(names.map((name) => group([name], "1"))), [COST]).map((each) => [each.series.label, each.series.color]));
    expect(colors("b", "a", "c")).toEqual(colors("c", "b", "a"));
    expect(new Set(colors("b", "a", "c").values()).size).toBe(3);
  });

  it("leaves out a rest that cannot be summed up", () => {
    expect(drawnOf(byModel, answer([group(["a"], "1")], group([], null)), [COST])).toHaveLength(1);
  });

  it("stacks areas, and draws a single one without stacking", () => {
    expect(drawnOf(byModel, answer([group(["a"], "1"), group(["b"], "1")]), [COST])[0]?.series.kind).toBe("stack");
    expect(drawnOf(byModel, answer([group(["a"], "1")]), [COST])[0]?.series.kind).toBe("area");
  });

  it("names the measures when there are several", () => {
    const points = [{ at: "2026-11-24T00:00:00Z", values: { p50: 10, p95: 90 } }];
    const drawn = drawnOf({ ...NEW_PANEL, measures: ["p50", "p95"] }, answer([{ key: [], values: {}, points }]), [P50, P95]);
    expect(drawn.map((each) => each.series.label)).toEqual(["Median", "p95"]);
  });
});

describe("the parts of an answer", () => {
  it("have times, labels, and a unit each", () => {
    expect(timesOf(answer([group(["a"], "1", "2")]))).toEqual([Date.UTC(2026, 10, 24) / 1000, Date.UTC(2026, 10, 24, 1) / 1000]);
    expect(labelOf({ key: ["a", null] }, ["model", 'attributes["http.route"]'])).toBe("a · no http route");
    expect(unitsOf([P50, COST, P95, CALLS]).map((each) => [each.unit, each.measures.length])).toEqual([["ms", 2], ["usd", 1], ["count", 1]]);
  });
});

describe("toggled", () => {
  const labels = ["a", "b", "c"];
  it("hides and shows one", () => {
    expect([...toggled(labels, new Set(), "a", false)]).toEqual(["a"]);
    expect([...toggled(labels, new Set(["a"]), "a", false)]).toEqual([]);
  });

  it("shows one alone, and all again", () => {
    expect([...toggled(labels, new Set(), "b", true)]).toEqual(["a", "c"]);
    expect([...toggled(labels, new Set(["a", "c"]), "b", true)]).toEqual([]);
  });

  it("never hides all", () => {
    expect([...toggled(labels, new Set(["a", "b"]), "c", false)]).toEqual([]);
  });
});

describe("sorted", () => {
  it("orders money as numbers, and puts the unknown last either way", () => {
    const rows = ["9.5", null, "10.25", "0.000001"];
    expect(sorted(rows, (row) => row, true)).toEqual(["10.25", "9.5", "0.000001", null]);
    expect(sorted(rows, (row) => row, false)).toEqual(["0.000001", "9.5", "10.25", null]);
  });

  it("orders names as words", () => {
    expect(sorted(["b", "a"], (row) => row, false)).toEqual(["a", "b"]);
  });
});
