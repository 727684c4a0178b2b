import { describe, expect, it } from "vitest";

import { asSearch, both, quote, scan, toPoints, toUnits, valueOf, withValue } from "./query";

describe("the tokens of a query", () => {
  it("have their kinds and places", () => {
    const text = 'model ~ "gpt \\"4" and cost >= $0.01';
    expect(scan(text).map((token) => [token.kind, token.text])).toEqual([
      ["name", "model"],
      ["operator", "~"],
      ["string", '"gpt \\"4"'],
      ["keyword", "and"],
      ["name", "cost"],
      ["operator", ">="],
      ["number", "$0.01"],
    ]);
    for (const token of scan(text)) expect(text.slice(token.from, token.to)).toBe(token.text);
  });

  it("are there while a string is still open", () => {
    expect(scan('user = "an').map((token) => token.kind)).toEqual(["name", "operator", "string"]);
  });
});

describe("a facet", () => {
  it.each([
    ["", "model", undefined],
    ['model = "openai/gpt-5" and error', "model", "openai/gpt-5"],
    ["Model = gpt-5", "model", "gpt-5"],
    ["cost > 1 and error", "status", "error"],
    ["model != gpt-5", "model", undefined],
    ["has span(model = a)", "model", undefined],
    ["model = a or model = b", "model", undefined],
  ])("finds its value in %j", (text, field, value) => {
    expect(valueOf(text, field)).toBe(value);
  });

  it.each([
    ["", "status", "error", "status = error"],
    ["cost > 1", "model", 'a "b"', 'cost > 1 and model = "a \\"b\\""'],
    ["model = a and cost > 1", "model", "b", "cost > 1 and model = b"],
    ["model = a and cost > 1", "model", null, "cost > 1"],
    ["error and cost > 1", "status", "ok", "cost > 1 and status = ok"],
    ["a = 1 or b = 2", "model", "in", '(a = 1 or b = 2) and model = "in"'],
    ["(a = 1 or b = 2) and model = x", "model", null, "(a = 1 or b = 2)"],
  ])("writes into %j", (text, field, value, result) => {
    expect(withValue(text, field, value)).toBe(result);
  });
});

describe("two queries", () => {
  it("are joined so that both hold", () => {
    expect(both("error", "")).toBe("error");
    expect(both("error", "a = 1 or b = 2")).toBe("error and (a = 1 or b = 2)");
  });
});

describe("plain words", () => {
  it("are a search of the messages", () => {
    expect(asSearch("refund please")).toBe('"refund please"');
    expect(asSearch("status = error")).toBeNull();
    expect(asSearch("not")).toBeNull();
    expect(asSearch("")).toBeNull();
  });
});

it("a text is quoted as the server reads it", () => {
  expect(quote('a\\b"c\nd')).toBe('"a\\\\b\\"c\\nd"');
});

it("places are counted as the server counts", () => {
  expect(toPoints("a🙂b", 3)).toBe(2);
  expect(toUnits("a🙂b", 2)).toBe(3);
});
