import { describe, expect, it } from "vitest";

import { foretold, isSame, written } from "./policy";
import type { Policy, Preview } from "./queries";

const usual: Policy = { unrelated: "aside", aside_percent: 100, deduplicates: true, rules: [] };
const preview: Preview = { spans: 3000, of_spans: 3000, kept: 1760, aside: 1240, dropped: 0, reasons: [], calls_lost: 0, cost_lost_usd: "0" };

describe("an ingest policy", () => {
  it("leaves out rules that are not written yet", () => {
    const begun: Policy = { ...usual, rules: [{ query: " ", fate: "drop" }] };
    expect(written(begun)).toEqual(usual);
    expect(isSame(begun, usual)).toBe(true);
  });

  it("differs by its rules", () => {
    expect(isSame({ ...usual, rules: [{ query: 'name = "ping"', fate: "drop" }] }, usual)).toBe(false);
  });
});

describe("a preview", () => {
  it("is a sentence", () => {
    expect(foretold(preview)).toBe("Over the last hour this would have put aside 1,240 of 3,000 spans.");
  });

  it("says when it looked at some spans only", () => {
    expect(foretold({ ...preview, aside: 0, dropped: 5, of_spans: 90_000 })).toBe(
      "Over the last hour this would have dropped 5 of the newest 3,000 of 90,000 spans.",
    );
  });

  it("says when all would be kept, and when there was nothing", () => {
    expect(foretold({ ...preview, aside: 0 })).toContain("kept every one of 3,000 spans");
    expect(foretold({ ...preview, spans: 0, of_spans: 0 })).toContain("No span came");
  });
});
