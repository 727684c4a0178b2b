/** Which traces are looked at, as it stands in the address: one query, and the environment that all pages share. Pure. */

import { both, quote, withValue } from "./query";

export const FACETS = ["status", "model", "prompt", "feature", "environment", "provider", "tag"] as const;
export type FacetName = (typeof FACETS)[number];

export const FACET_TITLES: Record<FacetName, string> = {
  status: "Status",
  model: "Model",
  prompt: "Prompt",
  feature: "Feature",
  environment: "Environment",
  provider: "Provider",
  tag: "Tag",
};

export interface Filter {
  /** In the filter language; what a person reads and edits. */
  query: string;
  environment: string | null;
}

/** Single conditions that an address may carry, as links from other pages do. They become part of the query. */
const NAMED = ["status", "model", "prompt", "feature", "provider", "user", "session"] as const;
const SINGLE = [...NAMED, "min_duration_ms", "sample", "q"] as const;

const TRACE_OR_REQUEST = /^(?:[0-9a-f]{32}|req_[0-9a-z]{26})$/;

export function readFilter(search: URLSearchParams): Filter {
  const named = NAMED.reduce((text, name) => {
    const value = search.get(name);
    return value ? withValue(text, name, value) : text;
  }, "");
  const least = search.get("min_duration_ms") ?? "";
  const sample = search.get("sample");
  const sought = search.get("q")?.trim() ?? "";
  const query = [
    search.get("filter") ?? "",
    named,
    /^\d{1,9}$/.test(least) ? `duration >= ${least}ms` : "",
    sample === "true" ? "sample" : sample === "false" ? "not sample" : "",
    TRACE_OR_REQUEST.test(sought) ? sought : sought && quote(sought),
  ].reduce(both, "");
  return { query, environment: search.get("environment") };
}

/** The changes to the address that make it say this query. */
export function queryChanges(query: string): Record<string, string | null> {
  return { ...Object.fromEntries(SINGLE.map((name) => [name, null])), filter: query || null };
}

/** The changes to the address that take every condition away. */
export const NO_FILTER: Record<string, string | null> = { ...queryChanges(""), environment: null };

export const isFiltered = (filter: Filter): boolean => filter.query !== "" || filter.environment !== null;

/** The whole filter as the API takes it. */
export function filterText(filter: Filter): string {
  return filter.environment ? both(filter.query, `environment = ${quote(filter.environment)}`) : filter.query;
}
