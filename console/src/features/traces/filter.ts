/** Which traces are looked at, as it stands in the address. Pure. */

export const FACETS = ["status", "model", "prompt", "feature", "environment", "provider"] as const;
export type FacetName = (typeof FACETS)[number];

export const FACET_TITLES: Record<FacetName, string> = {
  status: "Status",
  model: "Model",
  prompt: "Prompt",
  feature: "Feature",
  environment: "Environment",
  provider: "Provider",
};

/** Conditions that are not picked from a list of values. */
export const EXTRAS = ["user", "session", "min_duration_ms", "sample"] as const;
export type ExtraName = (typeof EXTRAS)[number];

export const EXTRA_TITLES: Record<ExtraName, string> = {
  user: "User",
  session: "Session",
  min_duration_ms: "At least",
  sample: "Samples",
};

export type Filter = Partial<Record<FacetName | ExtraName | "q", string>>;

const NAMES = [...FACETS, ...EXTRAS, "q"] as const;

export function readFilter(search: URLSearchParams): Filter {
  const filter: Filter = {};
  for (const name of NAMES) {
    const value = search.get(name);
    if (value) filter[name] = value;
  }
  return filter;
}

/** The changes to the address that take every condition away. */
export const NO_FILTER: Record<(typeof NAMES)[number], null> = {
  status: null,
  model: null,
  prompt: null,
  feature: null,
  environment: null,
  provider: null,
  user: null,
  session: null,
  min_duration_ms: null,
  sample: null,
  q: null,
};

interface FilterQuery {
  status?: "ok" | "error";
  model?: string;
  prompt?: string;
  feature?: string;
  environment?: string;
  provider?: string;
  user?: string;
  session?: string;
  min_duration_ms?: number;
  sample?: boolean;
  q?: string;
}

/** The filter as the API takes it. What an edited address says wrongly is left out. */
export function filterQuery(filter: Filter): FilterQuery {
  const { status, min_duration_ms: least, sample, ...texts } = filter;
  const query: FilterQuery = { ...texts };
  if (status === "ok" || status === "error") query.status = status;
  if (least !== undefined && /^\d{1,9}$/.test(least)) query.min_duration_ms = Number(least);
  if (sample === "true" || sample === "false") query.sample = sample === "true";
  return query;
}

/** A condition in words, for the chip that takes it away. */
export function describe(name: ExtraName, value: string): string {
  if (name === "sample") return value === "true" ? "samples only" : "without samples";
  if (name === "min_duration_ms") return `at least ${value} ms`;
  return `${EXTRA_TITLES[name].toLowerCase()} ${value}`;
}
