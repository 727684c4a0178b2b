/** Traces and their facets, asked for by filter. */

import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, unwrap } from "@/api/client";
import { keys } from "@/api/keys";
import { useProject } from "@/api/session";
import type { Answer, Body, Item } from "@/api/types";
import { bounds, rangeQuery, type Range } from "@/design/range";

import { filterText, type Filter } from "./filter";

export type TraceRow = Item<"/api/v1/projects/{project_id}/traces">;
export type Span = Answer<"/api/v1/projects/{project_id}/traces/{trace_id}">["spans"][number];
export type Message = Span["input_messages"][number];
export type LedgerRow = Answer<"/api/v1/projects/{project_id}/traces/{trace_id}">["ledger"][number];
export type QueryCompletion = Answer<"/api/v1/projects/{project_id}/query/complete", "post">;
export type Group = Item<"/api/v1/projects/{project_id}/trace-groups">;
export type Facet = Answer<"/api/v1/projects/{project_id}/traces/facets">["facets"][number];

const PAGE = 100;
const LIVE_MS = 1_000;

const timesOf = (range: Range): { from: string; to: string } => {
  const { from, to } = bounds(range, new Date());
  return { from: from.toISOString(), to: to.toISOString() };
};

/** The newest traces that match, page by page. While `live`, a list that is not told of new calls is asked for again. */
export function useTraces(range: Range, filter: Filter, live: boolean) {
  const project = useProject();
  return useInfiniteQuery({
    queryKey: [...keys.traces(project.id), rangeQuery(range), filter],
    initialPageParam: null as { cursor: string; from: string; to: string } | null,
    queryFn: async ({ pageParam }) => {
      // Later pages keep the bounds of the first: a range that moves with the clock must not shift under its cursor.
      const times = pageParam ? { from: pageParam.from, to: pageParam.to } : timesOf(range);
      const answer = await unwrap(
        api.GET("/api/v1/projects/{project_id}/traces", {
          params: {
            path: { project_id: project.id },
            query: { ...times, filter: filterText(filter), limit: PAGE, ...(pageParam ? { cursor: pageParam.cursor } : {}) },
          },
        }),
      );
      return { items: answer.items, next: answer.next ? { cursor: answer.next, ...times } : null };
    },
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
    // All loaded pages are asked for again, so the more there are, the longer it waits.
    refetchInterval: (query) => live && LIVE_MS * (query.state.data?.pages.length ?? 1),
  });
}

/** The values that each filter can take among the calls that match, and how often. */
export function useFacets(range: Range, filter: Filter, live: boolean) {
  const project = useProject();
  const path = { project_id: project.id };
  return useQuery({
    queryKey: [...keys.traces(project.id), "facets", rangeQuery(range), filter],
    queryFn: async () => {
      const times = timesOf(range);
      const [found, tags] = await Promise.all([
        unwrap(api.GET("/api/v1/projects/{project_id}/traces/facets", { params: { path, query: { ...times, filter: filterText(filter) } } })),
        unwrap(api.GET("/api/v1/projects/{project_id}/trace-tags", { params: { path, query: times } })),
      ]);
      const values = tags.items.map(({ tag, count }) => ({ value: tag, count }));
      return { facets: [...found.facets, { field: "tag", values }] };
    },
    placeholderData: keepPreviousData,
    refetchInterval: live ? 10_000 : false,
  });
}

/** How many calls that match started when. */
export function useHistogram(range: Range, filter: Filter, live: boolean) {
  const project = useProject();
  return useQuery({
    queryKey: [...keys.traces(project.id), "histogram", rangeQuery(range), filter],
    queryFn: async () => {
      const times = timesOf(range);
      const answer = await unwrap(
        api.GET("/api/v1/projects/{project_id}/trace-histogram", {
          params: { path: { project_id: project.id }, query: { ...times, filter: filterText(filter) } },
        }),
      );
      return { ...answer, from_s: Date.parse(times.from) / 1000, to_s: Date.parse(times.to) / 1000 };
    },
    placeholderData: keepPreviousData,
    refetchInterval: live ? 5_000 : false,
  });
}

/** The calls that match, by the values of a field. */
export function useGroups(range: Range, filter: Filter, by: string) {
  const project = useProject();
  return useQuery({
    queryKey: [...keys.traces(project.id), "groups", rangeQuery(range), filter, by],
    queryFn: () =>
      unwrap(
        api.GET("/api/v1/projects/{project_id}/trace-groups", {
          params: { path: { project_id: project.id }, query: { ...timesOf(range), filter: filterText(filter), by } },
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

/** Asks what may come at the cursor of a query, and what is wrong with it. */
export function useComplete(): (text: string, cursor: number) => Promise<QueryCompletion> {
  const project = useProject();
  return (text, cursor) =>
    unwrap(api.POST("/api/v1/projects/{project_id}/query/complete", { params: { path: { project_id: project.id } }, body: { text, cursor } }));
}

const VIEWS = "/api/v1/projects/{project_id}/views";
const VIEW = "/api/v1/projects/{project_id}/views/{view_id}";

/** The queries that the project has kept, by name. */
export function useViews() {
  const project = useProject();
  return useQuery({
    queryKey: keys.views(project.id),
    queryFn: async () => (await unwrap(api.GET(VIEWS, { params: { path: { project_id: project.id }, query: { limit: 200 } } }))).items,
    staleTime: 60_000,
  });
}

export function useSaveView() {
  const project = useProject();
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Body<typeof VIEWS>) => unwrap(api.POST(VIEWS, { params: { path: { project_id: project.id } }, body })),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.views(project.id) }),
  });
}

export function useDeleteView() {
  const project = useProject();
  const client = useQueryClient();
  return useMutation({
    mutationFn: (view: string) => unwrap(api.DELETE(VIEW, { params: { path: { project_id: project.id, view_id: view } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.views(project.id) }),
  });
}

/** Where the calls that match are to be had as a file. */
export function useExportPath(range: Range, filter: Filter): (form: "jsonl" | "parquet") => string {
  const project = useProject();
  return (form) => {
    const query = new URLSearchParams({ ...timesOf(range), filter: filterText(filter), form });
    return `/api/v1/projects/${encodeURIComponent(project.id)}/trace-export?${query.toString()}`;
  };
}

/** The id of a prompt of which only the name is known, for a link to it; undefined while it is not known. */
export function usePromptId(name: string | undefined): string | undefined {
  const project = useProject();
  const { data } = useQuery({
    queryKey: [...keys.prompts(project.id), "by-name", name],
    queryFn: () =>
      unwrap(
        api.GET("/api/v1/projects/{project_id}/prompts", { params: { path: { project_id: project.id }, query: { q: name ?? "" } } }),
      ),
    enabled: name !== undefined,
    staleTime: 60_000,
  });
  return data?.items.find((prompt) => prompt.name === name)?.id;
}

/** The release that a call came from; undefined while it is not known, or when it is too long ago to be found at once. */
export function useRelease(prompt: string | undefined, environment: string, release: string | undefined) {
  const project = useProject();
  const { data } = useQuery({
    queryKey: [...keys.releases(project.id), "of-call", prompt, environment],
    queryFn: () =>
      unwrap(
        api.GET("/api/v1/projects/{project_id}/releases", {
          params: { path: { project_id: project.id }, query: { prompt_id: prompt ?? "", environment, limit: 200 } },
        }),
      ),
    enabled: Boolean(prompt && release),
    staleTime: 60_000,
  });
  return data?.items.find((each) => each.id === release);
}
