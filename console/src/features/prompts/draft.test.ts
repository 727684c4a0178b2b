import { describe, expect, it } from "vitest";
import { contentOf, draftOf, edit, firstContent, isDirty, type Draft } from "./draft";

function chat(...templates: string[]): Draft {
  return draftOf("chat", { messages: templates.map((template) => ({ role: "user", template })), variables: [] });
}

function keyOf(draft: Draft, index: number): string {
  return draft.messages[index]?.key ?? "";
}

describe("edit", () => {
  it("declares variables as the text names them", () => {
    const draft = chat("");
    const next = edit(draft, { type: "text", key: keyOf(draft, 0), template: "Hi {{ name }}" });
    expect(next.variables.map((variable) => variable.name)).toEqual(["name"]);
    expect(draft.variables).toEqual([]);
  });

  it("drops a variable with the message that used it", () => {
    const empty = chat("", "b");
    const typed = edit(empty, { type: "text", key: keyOf(empty, 0), template: "{{ a }}" });
    expect(edit(typed, { type: "remove", key: keyOf(typed, 0) }).variables).toEqual([]);
  });

  it("adds a message below another, with the role that usually follows", () => {
    const draft = chat("a", "b");
    const next = edit(draft, { type: "add", after: keyOf(draft, 0) });
    expect(next.messages.map((message) => [message.role, message.template])).toEqual([
      ["user", "a"],
      ["assistant", ""],
      ["user", "b"],
    ]);
  });

  it("moves a message and stops at the ends", () => {
    const draft = chat("a", "b");
    const down = edit(draft, { type: "shift", key: keyOf(draft, 0), by: 1 });
    expect(down.messages.map((message) => message.template)).toEqual(["b", "a"]);
    expect(edit(draft, { type: "shift", key: keyOf(draft, 0), by: -1 }).messages).toEqual(draft.messages);
  });
});

it("knows whether saving would make something new", () => {
  const saved = firstContent("chat");
  const draft = draftOf("chat", saved);
  expect(isDirty(draft, saved)).toBe(false);
  const changed = edit(draft, { type: "variable", index: 0, change: { required: false } });
  expect(isDirty(changed, saved)).toBe(true);
  expect(contentOf(changed).variables[0]?.required).toBe(false);
});
