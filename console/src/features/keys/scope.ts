/**
 * What an API key may do, in words. The scopes are the server's rights.
 */

export const SCOPES = [
  {
    id: "call",
    title: "Call models",
    detail: "Send calls through the gateway and fetch released prompts. What an application needs, and nothing more.",
  },
  { id: "read", title: "Read", detail: "See prompts, releases, traces and costs of this project over the API." },
  { id: "write", title: "Write", detail: "Create prompts and new versions, and change aliases. For scripts that sync prompts." },
  { id: "release", title: "Release", detail: "Put a version live in an environment, and roll back. For deployment pipelines." },
  { id: "admin", title: "Administer", detail: "Change providers, keys and settings. Give it to nothing that faces the internet." },
] as const;

export type Scope = (typeof SCOPES)[number]["id"];

export const EXPIRIES = [
  { id: "never", title: "Never", days: null },
  { id: "30", title: "In 30 days", days: 30 },
  { id: "90", title: "In 90 days", days: 90 },
  { id: "365", title: "In one year", days: 365 },
] as const;

/** The moment so many days from now, as the API writes it; null stays null. */
export function expiresAt(days: number | null, now: Date): string | null {
  if (days === null) return null;
  return new Date(now.getTime() + days * 24 * 3600 * 1000).toISOString();
}

export type KeyState = "active" | "expiring" | "expired" | "revoked";

const SOON_MS = 14 * 24 * 3600 * 1000;

/** Whether a key still opens the door, and for long. */
export function stateOf(key: { expires_at?: string | null; revoked_at?: string | null }, now: Date): KeyState {
  if (key.revoked_at) return "revoked";
  if (!key.expires_at) return "active";
  const left = new Date(key.expires_at).getTime() - now.getTime();
  if (left <= 0) return "expired";
  return left < SOON_MS ? "expiring" : "active";
}
