import { describe, expect, it } from "vitest";

import { describeError, errorFrom } from "./error";

describe("an error of the API", () => {
  it("keeps code, message and hint", () => {
    const error = errorFrom(409, { error: { code: "conflict", message: "the prompt moved on", hint: "Read it again." } });
    expect([error.status, error.code, describeError(error)]).toEqual([409, "conflict", "The prompt moved on. Read it again."]);
  });

  it.each([undefined, null, "Bad Gateway", { detail: "x" }, { error: "x" }, { error: null }])("is made of any other body: %o", (body) => {
    expect(errorFrom(502, body)).toMatchObject({ status: 502, code: "unknown" });
  });
});
