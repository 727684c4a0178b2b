/** What a page looks at, kept in the address: the range of time, the environment, and any other view state. */

import { useCallback, useMemo } from "react";
import { useLocation, useNavigate, useSearchParams } from "react-router";

import { rangeQuery, readRange, type Range } from "@/design/range";

import { Address, type Changes, type How } from "./address";

/** The one address of the window; what is asked of it in one place must not undo what another asked a moment before. */
const address = new Address(() => window.location.search);

/** The query string as an object to read, and a way to change some of it. Null and empty values are removed. */
export function useView(): [URLSearchParams, (changes: Changes, how?: How) => void] {
  const [search] = useSearchParams();
  const navigate = useNavigate();
  // What came along with the address, such as where the way back leads, stays with it.
  const { state } = useLocation() as { state: unknown };
  const change = useCallback(
    (changes: Changes, how: How = { replace: true }) =>
      void address.change(changes, how, (next, { replace }) => navigate({ search: next }, { replace, state, preventScrollReset: true })),
    [navigate, state],
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
