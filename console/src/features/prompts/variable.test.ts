import { describe, expect, it } from "vitest";
import { exampleValue, faultOfName, followText, newVariable, parseValue, readValues, valueText, type Variable } from "./variable";

const described: Variable = { ...newVariable("tone"), description: "How to sound" };

describe("followText", () => {
  it("declares a name that appears and drops it when it vanishes again", () => {
    const first = followText([], ["na"]);
    const second = followText(first, ["name"]);
    expect(second.map((variable) => variable.name)).toEqual(["name"]);
  });

  it("keeps what somebody has described, used or not", () => {
    expect(followText([described], [])).toEqual([described]);
  });

  it("gives back the same list when nothing changes", () => {
    const declared = [described, newVariable("name")];
    expect(followText(declared, ["name", "tone"])).toBe(declared);
  });
});

describe("parseValue", () => {
  it.each([
    ["string", " as is ", " as is "],
    ["integer", "-42", -42],
    ["number", "2.5e3", 2500],
    ["boolean", "false", false],
    ["array", "[1, 2]", [1, 2]],
    ["object", '{"a": 1}', { a: 1 }],
  ] as const)("reads %s", (type, text, value) => {
    expect(parseValue(type, text)).toEqual({ ok: true, value });
  });

  it.each([
    ["integer", "4.5", /whole number/],
    ["number", "four", /not a number/],
    ["number", " ", /not a number/],
    ["boolean", "yes", /true or false/],
    ["array", "[1", /not JSON/],
    ["array", "{}", /not an array/],
    ["object", "null", /not an object/],
  ] as const)("refuses a %s that is %j", (type, text, reason) => {
    const parsed = parseValue(type, text);
    expect(parsed.ok ? "" : parsed.reason).toMatch(reason);
  });
});

it("writes values that it can read back", () => {
  expect(parseValue("object", valueText({ a: [1] }))).toEqual({ ok: true, value: { a: [1] } });
  expect(valueText(null)).toBe("");
  expect(valueText(0)).toBe("0");
});

it("leaves out empty texts and collects faults by name", () => {
  const count: Variable = { ...newVariable("count"), type: "integer" };
  expect(readValues([newVariable("name"), count], { name: "", count: "x" })).toEqual({
    values: {},
    faults: { count: "“x” is not a whole number." },
  });
});

it("shows the default as the example", () => {
  expect(exampleValue({ ...newVariable("tone"), default: "calm" })).toBe("calm");
  expect(exampleValue(newVariable("tone"))).toBe("<tone>");
});

it("refuses a variable that is declared twice or cannot be a name", () => {
  expect(faultOfName("a-b", [])).toMatch(/letters/);
  expect(faultOfName("loop", [])).toMatch(/word of the template/);
  expect(faultOfName("tone", [described, described])).toMatch(/twice/);
  expect(faultOfName("tone", [described])).toBeNull();
});
