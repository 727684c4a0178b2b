import { describe, expect, it } from "vitest";

import { highlight, type Language } from "./highlight";

const kinds = (code: string, language: Language) =>
  highlight(code, language)
    .filter((token) => token.kind !== "plain")
    .map((token) => [token.kind, token.text]);

describe("highlighting", () => {
  it.each<[Language, string]>([
    ["json", '{"a": [1, -2.5e3, "x\\"y", null]} trailing <b>'],
    ["python", 'from openai import OpenAI  # a "comment"\nprint(f"{x}")'],
    ["shell", "curl -H 'A: $B' $URL \\\n  --data '{}'"],
    ["template", "Hi {{ name }}, {% if x %}{# no #}{% endif %} {{ broken"],
    ["text", "as it is"],
  ])("loses nothing of %s", (language, code) => {
    expect(
      highlight(code, language)
        .map((token) => token.text)
        .join(""),
    ).toBe(code);
  });

  it("tells a key of JSON from a value", () => {
    expect(kinds('{"a": "b", "n": 1}', "json")).toEqual([
      ["name", '"a"'],
      ["string", '"b"'],
      ["name", '"n"'],
      ["number", "1"],
    ]);
  });

  it("finds the variables of a template", () => {
    expect(kinds("Dear {{ name }}{# note #}", "template")).toEqual([
      ["variable", "{{ name }}"],
      ["comment", "{# note #}"],
    ]);
  });
});
