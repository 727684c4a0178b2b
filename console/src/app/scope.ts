/** What a page looks at, kept in the address: the range of time, the environment, and any other view state. */

import { useCallback, useMemo } from "react";
import { useLocation, useSearchParams } from "react-router";

import { rangeQuery, readRange, type Range } from "@/design/range";

type Changes = Record<string, string | null | undefined>;

/** The query string as an object to read, and a way to change some of it. Null and empty values are removed. */
export function useView(): [URLSearchParams, (changes: Changes, how?: { replace?: boolean }) => void] {
  const [search, setSearch] = useSearchParams();
  // What came along with the address, such as where the way back leads, stays with it.
  const { state } = useLocation() as { state: unknown };
  const change = useCallback(
    (changes: Changes, how: { replace?: boolean } = { replace: true }) =>
      setSearch(
        (current) => {
          const next = new URLSearchParams(current);
          for (const [name, value] of Object.entries(changes)) {
            if (value === null || value === undefined || value === "") next.delete(name);
            else next.set(name, value);
          }
          return next;
        },
        { ...how, state, preventScrollReset: true },
      ),
    [setSearch, state],
  );
  return [search, change];
}

export interface Scope {
  range: Range;
  environment: string | null;
  setRange: (range: Range) => void;
  setEnvironment: (environment: string | null) => void;
}

/** The range and the environment that the address says. */
export function useScope(): Scope {
  const [search, change] = useView();
  return useMemo(
    () => ({
      range: readRange(search),
      environment: search.get("environment"),
      setRange: (range: Range) => change(rangeQuery(range)),
      setEnvironment: (environment: string | null) => change({ environment }),
    }),
    [search, change],
  );
}

const CARRIED = ["range", "from", "to", "environment"];

/** The part of a query string that goes along from page to page. */
export function carriedSearch(search: URLSearchParams): string {
  const kept = new URLSearchParams();
  for (const name of CARRIED) {
    const value = search.get(name);
    if (value !== null) kept.set(name, value);
  }
  const text = kept.toString();
  return text ? `?${text}` : "";
}
