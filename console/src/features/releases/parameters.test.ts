import { describe, expect, it } from "vitest";
import { FIELDS, fieldText, overridableChoices, readParameters, summarise, withField, writeParameters, type Field } from "./parameters";

function field(name: string): Field {
  const found = FIELDS.find((candidate) => candidate.name === name);
  if (!found) throw new Error(`no field ${name}`);
  return found;
}

describe("readParameters", () => {
  it("reads back what it wrote", () => {
    const parameters = { temperature: 0.2, stop: ["END"] };
    expect(readParameters(writeParameters(parameters))).toEqual({ ok: true, parameters });
    expect(readParameters(writeParameters({}))).toEqual({ ok: true, parameters: {} });
  });

  it.each(["[1]", "null", "3"])("refuses %s", (text) => {
    expect(readParameters(text)).toMatchObject({ ok: false });
  });

  it("says that JSON is unfinished", () => {
    const read = readParameters('{"a":');
    expect(read.ok ? "" : read.reason).toMatch(/not JSON yet/);
  });
});

describe("withField", () => {
  it("sets, replaces and takes out one parameter and leaves the others", () => {
    const start = { seed: 7, temperature: 1 };
    expect(withField(start, field("temperature"), "0.2")).toEqual({ ok: true, parameters: { seed: 7, temperature: 0.2 } });
    expect(withField(start, field("temperature"), "")).toEqual({ ok: true, parameters: { seed: 7 } });
    expect(withField(start, field("stop"), "END, STOP ")).toMatchObject({ parameters: { stop: ["END", "STOP"] } });
  });

  it.each([
    ["temperature", "3", /At most 2/],
    ["max_tokens", "0", /At least 1/],
    ["max_tokens", "1.5", /whole/],
    ["top_p", "much", /not a number/],
  ])("refuses %s %s", (name, text, reason) => {
    const read = withField({}, field(name), text);
    expect(read.ok ? "" : read.reason).toMatch(reason);
  });
});

it("shows what is set", () => {
  expect(fieldText(field("temperature"), { temperature: 0 })).toBe("0");
  expect(fieldText(field("stop"), { stop: ["a", "b"] })).toBe("a, b");
  expect(summarise({ temperature: 0.2, stop: ["a"] })).toBe('temperature 0.2 · stop ["a"]');
});

it("offers the parameters that are set as overridable, once each", () => {
  const choices = overridableChoices({ temperature: 1, logit_bias: {} });
  expect(choices.filter((name) => name === "temperature")).toHaveLength(1);
  expect(choices).toContain("logit_bias");
});
