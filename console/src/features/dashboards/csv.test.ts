import { describe, expect, it } from "vitest";

import { NEW_PANEL } from "./code";
import { csvOf } from "./csv";
import type { PanelAnswer } from "./types";

const answer: PanelAnswer = {
  step_s: null,
  measures: [{ name: "cost", title: "Cost", unit: "usd", description: "" }],
  groups: [
    { key: ['a,"b"'], values: { cost: "0.000000123456" }, points: [] },
    { key: ["=HYPERLINK(1)"], values: { cost: null }, points: [] },
  ],
  other: { key: [], values: { cost: "-2" }, points: [] },
  totals: {},
  heat: null,
  unpriced_calls: 1,
};
const panel = { ...NEW_PANEL, by: ["model"] };

describe("csvOf", () => {
  it("keeps all digits, quotes what must be, and disarms formulas", () => {
    expect(csvOf(panel, answer)).toBe(['model,cost', '"a,""b""",0.000000123456', "'=HYPERLINK(1),", "(all others),-2", ""].join("\r\n"));
  });

  it("has a row for each time of a course", () => {
    const points = [{ at: "2026-11-24T00:00:00Z", values: { cost: "1" } }, { at: "2026-11-24T01:00:00Z", values: { cost: null } }];
    const found = csvOf(panel, { ...answer, groups: [{ key: ["a"], values: {}, points }], other: null });
    expect(found).toBe("time,model,cost\r\n2026-11-24T00:00:00Z,a,1\r\n2026-11-24T01:00:00Z,a,\r\n");
  });

  it("writes the cells of a heat map", () => {
    const heat = { edges_ms: [0, 1, 2], columns: [{ at: "2026-11-24T00:00:00Z", counts: [3, 4] }] };
    expect(csvOf(panel, { ...answer, heat })).toBe("time,from_ms,below_ms,calls\r\n2026-11-24T00:00:00Z,0,1,3\r\n2026-11-24T00:00:00Z,1,2,4\r\n");
  });
});
