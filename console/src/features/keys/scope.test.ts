import { describe, expect, it } from "vitest";
import { expiresAt, stateOf } from "./scope";

const now = new Date("2026-03-01T12:00:00Z");

it("counts an expiry from now", () => {
  expect(expiresAt(30, now)).toBe("2026-03-31T12:00:00.000Z");
  expect(expiresAt(null, now)).toBeNull();
});

describe("stateOf", () => {
  it.each([
    [{ expires_at: null, revoked_at: null }, "active"],
    [{ expires_at: "2027-01-01T00:00:00Z", revoked_at: null }, "active"],
    [{ expires_at: "2026-03-05T00:00:00Z", revoked_at: null }, "expiring"],
    [{ expires_at: "2026-03-01T12:00:00Z", revoked_at: null }, "expired"],
    [{ expires_at: "2027-01-01T00:00:00Z", revoked_at: "2026-02-01T00:00:00Z" }, "revoked"],
  ])("%j is %s", (key, state) => {
    expect(stateOf(key, now)).toBe(state);
  });
});
