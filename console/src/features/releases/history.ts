/** Reads the history of releases: what is live in each environment, what was before, and what a new one would change. */

import type { Release } from "./queries";
import type { Parameters } from "./parameters";

/** What is live in an environment, out of the releases of one prompt. */
export function liveIn(releases: readonly Release[], environment: string): Release | null {
  return releases.find((release) => release.environment === environment && release.is_live) ?? null;
}

/**
 * What an environment could go back to: each earlier release there that says something else than the live one, newest
 * first, each content once.
 */
export function targetsOf(releases: readonly Release[], live: Release): Release[] {
  const seen = new Set([contentKey(live)]);
  const earlier = releases.filter((release) => release.environment === live.environment && release.id !== live.id);
  const targets = earlier.filter((release) => {
    const key = contentKey(release);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
  // Going back twice goes back further: what was rolled back from is not the next one to return to.
  const serving = releases.find((release) => release.id === live.restores_id) ?? live;
  const before = releases.find((release) => release.id === serving.previous_id);
  const previous = before && targets.find((release) => contentKey(release) === contentKey(before));
  return previous ? [previous, ...targets.filter((release) => release !== previous)] : targets;
}

function contentKey(release: Content): string {
  return JSON.stringify([release.version, release.model, sorted(release.parameters), [...release.overridable].sort()]);
}

function sorted(parameters: Parameters): [string, unknown][] {
  return Object.entries(parameters).sort(([a], [b]) => a.localeCompare(b));
}

export type Content = Pick<Release, "version" | "model" | "parameters" | "overridable">;

export interface Difference {
  field: string;
  before: string;
  after: string;
}

/** What changes for callers when `after` takes the place of `before`. */
export function differences(before: Content, after: Content): Difference[] {
  const rows: Difference[] = [
    { field: "version", before: `v${before.version}`, after: `v${after.version}` },
    { field: "model", before: before.model, after: after.model },
    { field: "callers may set", before: listed(before.overridable), after: listed(after.overridable) },
  ];
  for (const name of new Set([...Object.keys(before.parameters), ...Object.keys(after.parameters)])) {
    rows.push({ field: name, before: shown(before.parameters[name]), after: shown(after.parameters[name]) });
  }
  return rows.filter((row) => row.before !== row.after);
}

function shown(value: unknown): string {
  return value === undefined ? "not set" : JSON.stringify(value);
}

/** What callers may override, in words. */
export function listed(overridable: readonly string[]): string {
  if (overridable.includes("*")) return "everything";
  return overridable.length === 0 ? "nothing" : [...overridable].sort().join(", ");
}
