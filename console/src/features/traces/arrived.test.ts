import { describe, expect, it } from "vitest";

import { arrived } from "./arrived";

const call = (trace: string, at: number, span = `${trace}-root`) => ({ trace_id: trace, span_id: span, started_at: `2026-11-24T12:00:0${at}Z` });
const names = (rows: { span_id: string }[]) => rows.map((row) => row.span_id);

describe("calls that come in", () => {
  it("stand in the order of their start, the newest first", () => {
    expect(names(arrived([call("b", 3), call("a", 1)], [call("d", 4), call("c", 2)]))).toEqual(["d-root", "b-root", "c-root", "a-root"]);
  });

  it("replace what was told of them before", () => {
    const again = { ...call("a", 1), cost: "2" };
    const shown = arrived([{ ...call("b", 3), cost: "1" }, { ...call("a", 1), cost: "1" }], [again]);
    expect(shown).toHaveLength(2);
    expect(shown[1]).toBe(again);
  });

  it("stand for a trace in place of the span that stood for it", () => {
    expect(names(arrived([call("a", 2, "inner")], [call("a", 1, "outer")]))).toEqual(["outer"]);
  });
});
