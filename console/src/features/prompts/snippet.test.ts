import { describe, expect, it } from "vitest";
import { pythonLiteral, snippet, type Call } from "./snippet";
import { newVariable } from "./variable";

const call: Call = {
  gatewayUrl: "http://127.0.0.1:4000/",
  serverUrl: "http://127.0.0.1:4100",
  prompt: "support/answer",
  environment: "production",
  variables: [
    { ...newVariable("question"), default: null },
    { ...newVariable("limit"), type: "integer" },
    { ...newVariable("tone"), required: false, default: "calm" },
  ],
};

describe("snippet", () => {
  it("calls the prompt by name with the openai SDK and text for every required variable", () => {
    const code = snippet("openai", call);
    expect(code).toContain('base_url="http://127.0.0.1:4000/v1"');
    expect(code).toContain('model="prompt:support/answer@production"');
    expect(code).toContain('"limit": "1",');
    expect(code).not.toContain("tone");
  });

  it("leaves metadata out when nothing is required", () => {
    expect(snippet("openai", { ...call, variables: [] })).not.toContain("metadata");
  });

  it("quotes apostrophes for the shell", () => {
    const said = { ...newVariable("said"), default: "it's" };
    expect(snippet("curl", { ...call, variables: [said] })).toContain("it'\\''s");
  });

  it("passes typed values to the SDK", () => {
    expect(snippet("trimtab", call)).toContain('render(question="<question>", limit=1)');
    expect(snippet("trimtab", call)).toContain("TRIMTAB_URL=http://127.0.0.1:4100 ");
  });
});

it.each([
  [null, "None"],
  [true, "True"],
  [["a", 1], '["a", 1]'],
  [{ a: false }, '{"a": False}'],
])("writes %j as Python", (value, source) => {
  expect(pythonLiteral(value)).toBe(source);
});
