/**
 * What a person may do in an organisation, in words.
 */

export const ROLES = [
  { id: "owner", title: "Owner", detail: "Everything, including other owners. Keep at least two people in this role." },
  { id: "admin", title: "Admin", detail: "Everything in all projects: members, keys, providers and settings." },
  { id: "editor", title: "Editor", detail: "Writes prompts, releases them and rolls back. Does not change keys, providers or members." },
  { id: "viewer", title: "Viewer", detail: "Sees prompts, traces and costs. Changes nothing." },
] as const;

export type Role = (typeof ROLES)[number]["id"];

/** The role's words for people. */
export function titleOf(role: string): string {
  return ROLES.find((known) => known.id === role)?.title ?? role;
}

interface Person {
  id: string;
  role: string;
}

/** Says why this member's role cannot be changed nor the member be removed by me, or null when it can. */
export function whyLocked(member: Person, all: readonly Person[], me: Person & { mayAdminister: boolean }): string | null {
  if (!me.mayAdminister) return "Only owners and admins change members.";
  if (member.role === "owner" && me.role !== "owner") return "Only an owner changes another owner.";
  if (member.role === "owner" && all.filter((other) => other.role === "owner").length === 1) {
    return "The last owner stays: make somebody else an owner first.";
  }
  return member.id === me.id ? "This is you. Ask another admin to change your role or remove you." : null;
}

/** Roles that I may give. */
export function rolesToGive(myRole: string): readonly (typeof ROLES)[number][] {
  return ROLES.filter((role) => role.id !== "owner" || myRole === "owner");
}
