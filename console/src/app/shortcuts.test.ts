import { describe, expect, it } from "vitest";

import { pressed } from "./shortcuts";

describe("a key press", () => {
  it.each([
    [{ key: "K", ctrlKey: true, metaKey: false }, "ctrl+k"],
    [{ key: "k", ctrlKey: false, metaKey: true }, "ctrl+k"],
    [{ key: "ArrowDown", ctrlKey: false, metaKey: false }, "arrowdown"],
    [{ key: " ", ctrlKey: false, metaKey: false }, "space"],
  ])("%o is called %s", (event, name) => {
    expect(pressed(event)).toBe(name);
  });
});
