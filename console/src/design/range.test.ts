import { describe, expect, it } from "vitest";

import { bounds, DEFAULT_RANGE, longerThan, rangeBefore, rangeQuery, readRange, spanMs } from "./range";

const read = (query: string) => readRange(new URLSearchParams(query));
const now = new Date("2026-11-24T10:00:00Z");

describe("a range in the address", () => {
  it("is the last hour when nothing is said", () => {
    expect(read("")).toEqual(DEFAULT_RANGE);
  });

  it("can be a span that moves with the clock", () => {
    expect(bounds(read("range=15m"), now)).toEqual({ from: new Date("2026-11-24T09:45:00Z"), to: now });
  });

  it("can be two moments, which stand still and win over a span", () => {
    const range = read("from=2026-11-01T00:00:00Z&to=2026-11-02T00:00:00Z&range=1h");
    expect(bounds(range, now)).toEqual({ from: new Date("2026-11-01T00:00:00Z"), to: new Date("2026-11-02T00:00:00Z") });
  });

  it.each(["range=0h", "range=24x", "range=9999d", "range=-1h", "from=2026-11-02&to=2026-11-01", "from=soon&to=later"])(
    "falls back when it says %s",
    (query) => {
      expect(read(query)).toEqual(DEFAULT_RANGE);
    },
  );

  it("comes back as it was written", () => {
    for (const query of ["range=7d", "from=2026-11-01T00:00:00.000Z&to=2026-11-02T00:00:00.000Z"]) {
      const written = Object.entries(rangeQuery(read(query))).filter((entry): entry is [string, string] => entry[1] !== null);
      expect(new URLSearchParams(written).toString()).toBe(new URLSearchParams(query).toString());
    }
  });
});

describe("a span", () => {
  it("has a length in milliseconds", () => {
    expect(spanMs("90m")).toBe(5_400_000);
    expect(spanMs("7d")).toBe(604_800_000);
  });
});

describe("a longer range", () => {
  it.each([
    ["range=1h", "24h"],
    ["range=24h", "30d"],
    ["from=2026-11-01&to=2026-11-05", "30d"],
  ])("than %s is the last %s", (query, span) => {
    expect(longerThan(read(query))).toEqual({ kind: "last", span });
  });

  it("does not exist past the longest", () => {
    expect(longerThan(read("range=30d"))).toBeNull();
  });
});

describe("rangeBefore", () => {
  it("is as long, ends where the other begins, and does not move with every second", () => {
    const hour = 3_600_000;
    const at = (ms: number) => rangeBefore(new Date(ms), new Date(ms + hour));
    expect(at(10 * hour)).toEqual({ from: new Date(9 * hour), to: new Date(10 * hour) });
    expect(at(10 * hour + 10_000)).toEqual(at(10 * hour));
    expect(at(10 * hour + 60_000)).not.toEqual(at(10 * hour));
  });
});
