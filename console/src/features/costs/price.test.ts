import { describe, expect, it } from "vitest";

import { EMPTY, faultsOf, stateOf, termName, termsOf, toNewPrice, whoseOf } from "./price";
import type { Price } from "./queries";

const PRICE: Price = {
  id: "prc_1",
  provider_kind: "openai",
  provider: "",
  model: "gpt-5*",
  service_tier: "standard",
  rates: {
    input_uncached: { usd_per_million: "2", tiers: [{ above: 200000, usd_per_million: "4" }], rule: "cliff" },
    output_text: { usd_per_million: "10", tiers: [], rule: "cliff" },
  },
  fee_usd: "0.01",
  discount_percent: "0",
  valid_from: "2026-06-01T00:00:00Z",
  valid_to: "2026-07-01T00:00:00Z",
  note: "",
  created_at: "2026-06-01T00:00:00Z",
  created_by: "Ada",
  version: "own/prc_1",
};

describe("a price", () => {
  it("is told in words", () => {
    expect(termsOf(PRICE)).toEqual(["Input, not cached $2, $4 past 200,000", "Output $10", "$0.01 a request"]);
    expect(termsOf({ ...PRICE, rates: {}, fee_usd: null, discount_percent: "15" })).toEqual(["15% off the list price"]);
  });

  it.each([
    ["2026-05-31T23:59:59Z", "coming"],
    ["2026-06-01T00:00:00Z", "in force"],
    ["2026-07-01T00:00:00Z", "ended"],
  ])("at %s is %s", (at, state) => {
    expect(stateOf(PRICE, new Date(at))).toBe(state);
  });
});

describe("the form", () => {
  const form = { ...EMPTY, model: "house-llm", rates: { input_uncached: "1", output_text: "4" } };

  it("becomes what is sent", () => {
    const sent = toNewPrice({ ...form, whose: "name:main", above: "1000", past: { input_uncached: "2" }, rule: "graduated", fee: "0.1" });
    expect(sent).toMatchObject({ provider: "main", provider_kind: "", model: "house-llm", fee_usd: "0.1", discount_percent: "0", valid_from: null });
    expect(sent.rates).toEqual({
      input_uncached: { usd_per_million: "1", tiers: [{ above: 1000, usd_per_million: "2" }], rule: "graduated" },
      output_text: { usd_per_million: "4", tiers: [], rule: "graduated" },
    });
  });

  it("sends a discount without the rates that were typed before", () => {
    expect(toNewPrice({ ...form, what: "discount", discount: "15" })).toMatchObject({ rates: {}, fee_usd: null, discount_percent: "15" });
  });

  it.each([
    [{ model: "" }, "model"],
    [{ model: "a b" }, "model"],
    [{ rates: {} }, "rates"],
    [{ rates: { input_uncached: "-1" } }, "rates"],
    [{ rates: { input_uncached: "1,5" } }, "rates"],
    [{ above: "many" }, "above"],
    [{ fee: "x" }, "fee"],
    [{ what: "discount" as const, discount: "0" }, "discount"],
    [{ what: "discount" as const, discount: "101" }, "discount"],
  ])("finds the fault of %o", (part, field) => {
    expect(Object.keys(faultsOf({ ...form, ...part }))).toEqual([field]);
    expect(faultsOf(form)).toEqual({});
  });
});

describe("termName", () => {
  it("calls a price of the lists by what it is for", () => {
    expect(termName("cache_read_mtok")).toBe("cache read");
    expect(termName("input_mtok, service_tier=flex from 2026-10-12")).toBe("input, flex from 2026-10-12");
    expect(termName("web_searches_kcount")).toBe("web searches per thousand");
  });
});

describe("whose price a call without one needs", () => {
  it.each([
    ["own", "openai", "name:own"],
    ["openai", "openai", "kind:openai"],
    ["", "", "any"],
    ["lab", "somebody", "any"],
  ])("is told by provider %j of kind %j: %s", (provider, kind, whose) => {
    expect(whoseOf({ provider, provider_kind: kind }, [{ name: "own" }], [{ kind: "openai" }])).toBe(whose);
  });
});
