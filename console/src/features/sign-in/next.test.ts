import { describe, expect, it } from "vitest";

import { nextAfterSignIn } from "./next";

describe("where to go after signing in", () => {
  it("is the page that was asked for", () => {
    expect(nextAfterSignIn("/projects/shop/traces?status=error")).toBe("/projects/shop/traces?status=error");
  });

  it.each([null, "", "https://evil.invalid", "//evil.invalid", "/\\evil.invalid", "javascript:alert(1)"])("is never outside the console: %s", (next) => {
    expect(nextAfterSignIn(next)).toBeNull();
  });
});
