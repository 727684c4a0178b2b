import { expect, it } from "vitest";

import { contentOf, draftOf, firstContent } from "./draft";
import { read, write } from "./keepsake";

const draft = draftOf("chat", firstContent("chat"));

it("gives back what was written down", () => {
  const restored = read(write(3, draft), "chat", 3);
  expect(restored && contentOf(restored)).toEqual(contentOf(draft));
});

it("leaves a draft alone that started from an older version", () => {
  expect(read(write(3, draft), "chat", 4)).toBeNull();
});

it.each([null, "", "{", "null", "[]", '{"base": 3}', '{"base": 3, "content": {"messages": "x", "variables": []}}'])("reads nothing out of %j", (text) => {
  expect(read(text, "chat", 3)).toBeNull();
});
