import { describe, expect, it } from "vitest";

import { exchanges } from "./exchange";
import type { Message } from "./queries";

const message = (role: string, facts: Partial<Message> = {}): Message => ({
  role,
  content: role,
  parts: [],
  tool_calls: [],
  tool_call_id: "",
  name: "",
  finish_reason: "",
  ...facts,
});
const call = (id: string) => ({ id, name: "search", arguments: "{}" });

describe("messages", () => {
  it("puts a tool's result with the call that asked for it", () => {
    const said = exchanges([
      message("user"),
      message("assistant", { tool_calls: [call("a"), call("b")] }),
      message("tool", { tool_call_id: "b", content: "two" }),
      message("tool", { tool_call_id: "a", content: "one" }),
      message("assistant"),
    ]);
    expect(said.map((each) => each.message.role)).toEqual(["user", "assistant", "assistant"]);
    expect([...(said[1]?.results ?? [])].map(([id, result]) => [id, result.content])).toEqual([
      ["b", "two"],
      ["a", "one"],
    ]);
  });

  it("keeps a result that nothing asked for, and a second one for the same call", () => {
    const said = exchanges([
      message("tool", { tool_call_id: "a" }),
      message("assistant", { tool_calls: [call("a")] }),
      message("tool", { tool_call_id: "a", content: "one" }),
      message("tool", { tool_call_id: "a", content: "again" }),
      message("tool"),
    ]);
    expect(said.map((each) => each.message.content)).toEqual(["tool", "assistant", "again", "tool"]);
  });
});
