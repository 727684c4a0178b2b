/**
 * Reads audit entries: an action like `prompt.version.create` as a noun and a verb, and which fields a change touched.
 */

export interface ActionWords {
  /** `prompt.version` becomes "prompt version". */
  noun: string;
  verb: string;
  tone: "create" | "change" | "remove" | "release" | "access";
}

const REMOVES = new Set(["delete", "remove", "revoke"]);
const CREATES = new Set(["create", "add", "invite"]);

/** Takes an action apart for display. */
export function wordsOf(action: string): ActionWords {
  const parts = action.split(".");
  const verb = parts.at(-1) ?? action;
  const noun = parts.slice(0, -1).join(" ").replaceAll("_", " ");
  return { noun, verb: verb.replaceAll("_", " "), tone: toneOf(noun, verb) };
}

function toneOf(noun: string, verb: string): ActionWords["tone"] {
  if (noun.startsWith("auth")) return "access";
  if (REMOVES.has(verb)) return "remove";
  if (noun === "release" || verb === "rollback") return "release";
  return CREATES.has(verb) ? "create" : "change";
}

/** What an entry is about, for the filter: the first part of its action. */
export function subjectOf(action: string): string {
  return action.split(".")[0] ?? action;
}

export interface Change {
  field: string;
  before: unknown;
  after: unknown;
}

/**
 * Finds the changes in an entry's detail: either `{before: {…}, after: {…}}`, or single fields that hold `{before, after}`.
 * Plain values are facts, not changes, and are left out.
 */
export function changesOf(detail: Readonly<Record<string, unknown>>): Change[] {
  const { before, after } = detail;
  if (isObject(before) && isObject(after)) {
    const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return fields
      .map((field) => ({ field, before: before[field], after: after[field] }))
      .filter((change) => JSON.stringify(change.before) !== JSON.stringify(change.after));
  }
  return Object.entries(detail).flatMap(([field, value]) =>
    isObject(value) && "before" in value && "after" in value ? [{ field, before: value.before, after: value.after }] : [],
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What can be changed, as the first part of an action names it; the filter offers these. */
export const SUBJECTS = [
  "alias", "auth", "cost", "environment", "ingest", "key", "member", "organisation", "project", "prompt", "provider", "release", "view",
] as const;

export type Place =
  | { kind: "prompt"; id: string; tab: "versions" | "releases" | "compare"; version?: number }
  | { kind: "keys" | "providers" | "members" | "settings" };

/** Where in the console the subject of an entry can be looked at, or null when it is gone or has no page. */
export function placeOf(entry: { action: string; subject: string; detail: Readonly<Record<string, unknown>> }): Place | null {
  const { noun, verb } = wordsOf(entry.action);
  const { prompt_id: promptId, number } = entry.detail;
  if (noun === "release" && typeof promptId === "string") return { kind: "prompt", id: promptId, tab: "releases" };
  if (noun === "prompt version") {
    return typeof number === "number" && number > 1
      ? { kind: "prompt", id: entry.subject, tab: "compare", version: number }
      : { kind: "prompt", id: entry.subject, tab: "versions" };
  }
  if (noun === "prompt" && !REMOVES.has(verb)) return { kind: "prompt", id: entry.subject, tab: "versions" };
  const page = PAGES[subjectOf(entry.action)];
  return page ? { kind: page } : null;
}

const PAGES: Record<string, "keys" | "providers" | "members" | "settings" | undefined> = {
  key: "keys",
  provider: "providers",
  alias: "providers",
  member: "members",
  environment: "settings",
};
