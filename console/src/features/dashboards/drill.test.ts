import { describe, expect, it } from "vitest";

import { cellQuery, queryOf } from "./drill";

describe("queryOf", () => {
  it("asks for the values of a group beside what the panel asks for", () => {
    const panel = { where: "status = error or cost > 1", by: ["model", "feature"], measures: ["cost"] };
    expect(queryOf(panel, ['gpt "4"', null])).toBe('(status = error or cost > 1) and model = "gpt \\"4\\"" and not feature exists');
    expect(queryOf(panel, [])).toBe("status = error or cost > 1");
  });

  it("looks for tools beneath the calls that the list shows", () => {
    expect(queryOf({ where: "", by: ["name"], measures: ["tool_calls", "tool_errors"] }, ["search"])).toBe('has span(tool and name = "search")');
  });

  it("asks for the score by its name", () => {
    expect(queryOf({ where: "", by: ["score"], measures: ["score_mean"] }, ["faithfulness"])).toBe('scores["faithfulness"] exists');
  });
});

describe("cellQuery", () => {
  it("asks between the edges of a bucket", () => {
    const panel = { where: "stream", by: [], measures: ["p95_duration"] };
    expect(cellQuery(panel, 250, 412.5)).toBe("stream and duration >= 250ms and duration < 412500us");
    expect(cellQuery({ ...panel, where: "", measures: ["p50_ttft"] }, 60_000, null)).toBe("ttft >= 60000ms");
  });

  it("asks for all that have a duration below the first edge", () => {
    expect(cellQuery({ where: "", by: [], measures: ["p95_duration"] }, 0, 1)).toBe("duration exists and duration < 1ms");
  });
});
