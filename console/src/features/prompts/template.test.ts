import { describe, expect, it } from "vitest";
import { detectVariables, scan } from "./template";

describe("scan", () => {
  it("covers the text around and inside tags", () => {
    const kinds = scan("Hi {{ user.name | upper }}!").map((token) => [token.kind, token.text]);
    expect(kinds).toEqual([
      ["text", "Hi "],
      ["delimiter", "{{"],
      ["name", "user"],
      ["operator", "."],
      ["attribute", "name"],
      ["operator", "|"],
      ["filter", "upper"],
      ["delimiter", "}}"],
      ["text", "!"],
    ]);
  });

  it("does not end a tag at braces inside a string or a map", () => {
    const last = scan('{{ {"a": "}}"}["a"] }} x').at(-1);
    expect(last).toMatchObject({ kind: "text", text: " x" });
  });

  it("bears a tag that is still being typed", () => {
    expect(scan("Hello {{ na").at(-1)).toMatchObject({ kind: "name", text: "na" });
    expect(scan("Hello {{ 'na").at(-1)).toMatchObject({ kind: "string" });
    expect(scan("{% if").at(-1)).toMatchObject({ kind: "keyword", text: "if" });
  });

  it("keeps whitespace control with its delimiter", () => {
    expect(scan("{%- if a -%}").filter((token) => token.kind === "delimiter").map((token) => token.text)).toEqual([
      "{%-",
      "-%}",
    ]);
  });
});

describe("detectVariables", () => {
  it.each([
    ["Hello {{ name }} and {{ name }}", ["name"]],
    ["{{ order.items[index].title }}", ["order", "index"]],
    ["{{ a ~ b if c else d }}", ["a", "b", "c", "d"]],
    ["{% for line in lines %}{{ loop.index }} {{ line.text }} {{ tone }}{% endfor %}", ["lines", "tone"]],
    ["{% for key, value in pairs | dictsort %}{{ key }}={{ value }}{% endfor %}{{ key }}", ["pairs", "key"]],
    ["{% set total = price * 2 %}{{ total }}", ["price"]],
    ["{% with who = user %}{{ who }}{% endwith %}{{ who }}", ["user", "who"]],
    ["{% if name is defined and other is not none %}x{% endif %}", ["name", "other"]],
    ["{{ items | join(d=separator) }}", ["items", "separator"]],
    ["{# {{ hidden }} #}{% raw %}{{ literal }}{% endraw %}{{ real }}", ["real"]],
    ["{% macro row(a, b=1) %}{{ a }}{{ b }}{% endmacro %}{{ row(x) }}", ["x"]],
    ["no tags, only { braces }", []],
  ])("%s", (template, names) => {
    expect(detectVariables(template)).toEqual(names);
  });
});
