import { describe, expect, it } from "vitest";
import { titleOf, whyLocked } from "./role";

const ada = { id: "1", role: "owner" };
const bob = { id: "2", role: "editor" };
const cleo = { id: "3", role: "owner" };

describe("whyLocked", () => {
  it("lets an admin change somebody else", () => {
    expect(whyLocked(bob, [ada, bob], { id: "1", mayAdminister: true })).toBeNull();
    expect(whyLocked(cleo, [ada, bob, cleo], { id: "1", mayAdminister: true })).toBeNull();
  });

  it("keeps the last owner, oneself, and whoever has no right", () => {
    expect(whyLocked(ada, [ada, bob], { id: "9", mayAdminister: true })).toMatch(/last owner/);
    expect(whyLocked(ada, [ada, cleo], { id: "1", mayAdminister: true })).toMatch(/you/);
    expect(whyLocked(bob, [ada, bob], { id: "2", mayAdminister: false })).toMatch(/owners and admins/);
  });
});

it("names a role it does not know by its id", () => {
  expect(titleOf("viewer")).toBe("Viewer");
  expect(titleOf("auditor")).toBe("auditor");
});
