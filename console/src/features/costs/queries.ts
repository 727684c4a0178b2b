/** Prices of a project, what they make of a call, and what has none. */

import { keepPreviousData, skipToken, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, unwrap } from "@/api/client";
import { keys } from "@/api/keys";
import type { Answer, Body, Item } from "@/api/types";
import { bounds, rangeQuery, type Range } from "@/design/range";

const PRICES = "/api/v1/projects/{project_id}/costs/prices";
const PRICE = "/api/v1/projects/{project_id}/costs/prices/{price_id}";
const EXPLAIN = "/api/v1/projects/{project_id}/costs/explain";
const UNPRICED = "/api/v1/projects/{project_id}/costs/unpriced";
const REPORTS = "/api/v1/projects/{project_id}/costs/reports";
const REPORT = "/api/v1/projects/{project_id}/costs/reports/{report_id}";
const REPRICE = "/api/v1/projects/{project_id}/costs/reprice";

const LIST_PRICES = "/api/v1/projects/{project_id}/costs/list-prices";
const COMPARE = "/api/v1/projects/{project_id}/costs/list-prices/compare";
const ACCEPT = "/api/v1/projects/{project_id}/costs/list-prices/accept";

export type ListPrices = Answer<typeof LIST_PRICES>;
export type BookDifference = Answer<typeof COMPARE, "post">;
export type PriceChange = BookDifference["models"][number];

export type Price = Item<typeof PRICES>;
export type NewPrice = Body<typeof PRICES>;
export type Question = Body<typeof EXPLAIN>;
export type Quote = Answer<typeof EXPLAIN, "post">;
export type Unpriced = Item<typeof UNPRICED>;
export type Repricing = Answer<typeof REPRICE, "post">;

export type Report = Item<typeof REPORTS>;
export type Reconciliation = Answer<typeof REPORT>;
export type ReconciliationRow = Reconciliation["rows"][number];
export type Drift = ReconciliationRow["cost_usd"];

export interface Plan {
  from: Date;
  to: Date;
  onlyUnpriced: boolean;
  prices: "own" | "list";
  apply: boolean;
}

const inProject = (project: string) => ({ path: { project_id: project } });

/** The project's own prices, newest first; those that have ended only when asked for. */
export function usePrices(project: string, withEnded: boolean) {
  return useInfiniteQuery({
    queryKey: [...keys.costs(project), "prices", withEnded],
    queryFn: ({ pageParam }) =>
      unwrap(api.GET(PRICES, { params: { ...inProject(project), query: { ended: withEnded, limit: 100, ...(pageParam ? { cursor: pageParam } : {}) } } })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
  });
}

export function useSetPrice(project: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: NewPrice) => unwrap(api.POST(PRICES, { params: inProject(project), body })),
    onSuccess: () => void client.invalidateQueries({ queryKey: keys.costs(project) }),
  });
}

export function useEndPrice(project: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => unwrap(api.DELETE(PRICE, { params: { path: { project_id: project, price_id: id } } })),
    onSuccess: () => void client.invalidateQueries({ queryKey: keys.costs(project) }),
  });
}

/** What a call would cost; asked for as the question changes. */
export function useQuote(project: string, question: Question | null) {
  return useQuery({
    queryKey: [...keys.costs(project), "quote", question],
    queryFn: question ? () => unwrap(api.POST(EXPLAIN, { params: inProject(project), body: question })) : skipToken,
    placeholderData: keepPreviousData,
    retry: false,
  });
}

/** What has no price in a range, by model. */
export function useUnpriced(project: string, range: Range) {
  return useQuery({
    queryKey: [...keys.costs(project), "unpriced", rangeQuery(range)],
    queryFn: () => {
      const { from, to } = bounds(range, new Date());
      return unwrap(api.GET(UNPRICED, { params: { ...inProject(project), query: { from: from.toISOString(), to: to.toISOString() } } }));
    },
    select: (page) => page.items,
    placeholderData: keepPreviousData,
  });
}

/** Prices the past again; an applied correction changes every number in the project. */
export function useReprice(project: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (plan: Plan) =>
      unwrap(
        api.POST(REPRICE, {
          params: inProject(project),
          body: {
            from: plan.from.toISOString(),
            to: plan.to.toISOString(),
            model: "",
            only_unpriced: plan.onlyUnpriced,
            prices: plan.prices,
            apply: plan.apply,
          },
        }),
      ),
    onSuccess: (_, plan) => {
      if (plan.apply) void client.invalidateQueries({ queryKey: keys.project(project) });
    },
  });
}

/** What providers reported, newest first. */
export function useReports(project: string) {
  return useQuery({
    queryKey: [...keys.costs(project), "reports"],
    queryFn: () => unwrap(api.GET(REPORTS, { params: { ...inProject(project), query: { limit: 100 } } })),
    select: (page) => page.items,
  });
}

/** One report beside the ledger. */
export function useReconciliation(project: string, report: string | null) {
  return useQuery({
    queryKey: [...keys.costs(project), "reports", report],
    queryFn: report === null ? skipToken : () => unwrap(api.GET(REPORT, { params: { path: { project_id: project, report_id: report } } })),
  });
}

export interface NewReport {
  name: string;
  whose: string;
  content: string;
}

export function useAddReport(project: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ name, whose, content }: NewReport) => {
      const [kind, provider = ""] = whose.split(":", 2);
      const columns = { day: "", model: "", input_tokens: "", output_tokens: "", cost_usd: "" };
      const body = { name, content, columns, provider_kind: kind === "kind" ? provider : "", provider: kind === "name" ? provider : "" };
      return unwrap(api.POST(REPORTS, { params: inProject(project), body }));
    },
    onSuccess: () => void client.invalidateQueries({ queryKey: keys.costs(project) }),
  });
}

export function useRemoveReport(project: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => unwrap(api.DELETE(REPORT, { params: { path: { project_id: project, report_id: id } } })),
    onSuccess: () => void client.invalidateQueries({ queryKey: keys.costs(project) }),
  });
}

/** Where a file of the ledger is to be had. */
export function exportAddress(project: string, range: Range, format: "csv" | "parquet" | "focus"): string {
  const { from, to } = bounds(range, new Date());
  const query = new URLSearchParams({ from: from.toISOString(), to: to.toISOString(), format });
  return `/api/v1/projects/${encodeURIComponent(project)}/costs/export?${query.toString()}`;
}

/** The list prices that the project goes by. */
export function useListPrices(project: string) {
  return useQuery({
    queryKey: [...keys.costs(project), "list-prices"],
    queryFn: () => unwrap(api.GET(LIST_PRICES, { params: inProject(project) })),
  });
}

/** What a file of base data, or the installed package, would change; nothing is written. */
export function useCompareListPrices(project: string) {
  return useMutation({
    mutationFn: (body: { content: string | null; name: string }) => unwrap(api.POST(COMPARE, { params: inProject(project), body })),
  });
}

/** Goes by new list prices from now on. */
export function useAcceptListPrices(project: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: { content: string | null; name: string; expected_version: string }) => unwrap(api.POST(ACCEPT, { params: inProject(project), body })),
    onSuccess: () => void client.invalidateQueries({ queryKey: keys.costs(project) }),
  });
}
