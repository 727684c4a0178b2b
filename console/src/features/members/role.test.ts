import { describe, expect, it } from "vitest";
import { rolesToGive, titleOf, whyLocked } from "./role";

const ada = { id: "1", role: "owner" };
const bob = { id: "2", role: "editor" };
const cleo = { id: "3", role: "owner" };

describe("whyLocked", () => {
  it("lets an admin change somebody else", () => {
    expect(whyLocked(bob, [ada, bob], { ...ada, mayAdminister: true })).toBeNull();
    expect(whyLocked(cleo, [ada, bob, cleo], { ...ada, mayAdminister: true })).toBeNull();
  });

  it("keeps the last owner, oneself, and whoever has no right", () => {
    expect(whyLocked(ada, [ada, bob], { ...cleo, mayAdminister: true })).toMatch(/last owner/);
    expect(whyLocked(ada, [ada, cleo], { ...ada, mayAdminister: true })).toMatch(/you/);
    expect(whyLocked(bob, [ada, bob], { ...bob, mayAdminister: false })).toMatch(/owners and admins/);
    expect(whyLocked(ada, [ada, cleo], { id: "9", role: "admin", mayAdminister: true })).toMatch(/Only an owner/);
  });
});

it("names a role it does not know by its id", () => {
  expect(titleOf("viewer")).toBe("Viewer");
  expect(titleOf("auditor")).toBe("auditor");
});

it("lets only owners make owners", () => {
  expect(rolesToGive("owner").map((role) => role.id)).toContain("owner");
  expect(rolesToGive("admin").map((role) => role.id)).toEqual(["admin", "editor", "viewer"]);
});
