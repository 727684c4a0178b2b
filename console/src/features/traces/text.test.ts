import { describe, expect, it } from "vitest";

import { blocksOf, prettyJson, shorten } from "./text";

describe("blocks of a message", () => {
  it("set fenced code apart from the text around it", () => {
    expect(blocksOf("Run this:\n```bash\nls -l\n```\n\nThen wait.")).toEqual([
      { kind: "text", text: "Run this:" },
      { kind: "code", text: "ls -l", language: "bash" },
      { kind: "text", text: "Then wait." },
    ]);
  });

  it("let an open fence reach to the end, as in a stream that broke off", () => {
    expect(blocksOf("So:\n```\nhalf a li")).toEqual([
      { kind: "text", text: "So:" },
      { kind: "code", text: "half a li" },
    ]);
  });

  it("keep markup as the text that it is", () => {
    expect(blocksOf("<script>alert(1)</script> **bold**")).toEqual([{ kind: "text", text: "<script>alert(1)</script> **bold**" }]);
  });
});

describe("a long message", () => {
  it("is cut at the end of a line", () => {
    const line = `${"x".repeat(99)}\n`;
    const short = shorten(line.repeat(40));
    expect(short?.endsWith("x…")).toBe(true);
    expect(short?.length).toBeLessThanOrEqual(1_601);
  });

  it("is shown whole when it is not so long", () => {
    expect(shorten("x".repeat(2_400))).toBeNull();
  });
});

describe("JSON in a message", () => {
  it("is laid out", () => {
    expect(prettyJson(' {"a":1}')).toBe('{\n  "a": 1\n}');
  });

  it.each(["12", '"text"', "{not json}", "[1, 2", ""])("is only that: %s", (text) => {
    expect(prettyJson(text)).toBeNull();
  });
});
