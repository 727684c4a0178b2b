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
const REPRICE = "/api/v1/projects/{project_id}/costs/reprice";

export type Price = Item<typeof PRICES>;
export type NewPrice = Body<typeof PRICES>;
export type Question = Body<typeof EXPLAIN>;
export type Quote = Answer<typeof EXPLAIN, "post">;
export type Unpriced = Item<typeof UNPRICED>;
export type Repricing = Answer<typeof REPRICE, "post">;

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
