/** One trace, asked for part by part: its summary, windows of its tree, single spans, the reasons of a cost. */

import { keepPreviousData, useQueries, useQuery, type UseQueryResult } from "@tanstack/react-query";
import { useCallback } from "react";

import { api, unwrap } from "@/api/client";
import { ApiError } from "@/api/error";
import { keys } from "@/api/keys";
import { useProject } from "@/api/session";
import type { Answer } from "@/api/types";

const TRACE = "/api/v1/projects/{project_id}/traces/{trace_id}";

export type TraceSummary = Answer<`${typeof TRACE}/summary`>;
export type TreeWindow = Answer<`${typeof TRACE}/tree`>;
export type TreeRow = TreeWindow["rows"][number];
export type SpanDetail = Answer<`${typeof TRACE}/spans/{span_id}`>;
export type CostDetail = Answer<`${typeof TRACE}/cost`>;
export type Sums = TreeRow["own"];

/** Lines of one window. */
export const WINDOW = 200;
/** A trace with more spans starts with its upper levels unfolded alone. */
export const MANY_SPANS = 1_000;

/** What is unfolded in a tree. */
export interface Unfolding {
  /** Unfold so many levels; null unfolds everything. */
  levels: number | null;
  opened: readonly string[];
  closed: readonly string[];
}

const retry = (failures: number, error: Error): boolean =>
  failures < 3 && !(error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 404);

/** A trace as a whole. A call that has just ended may take a moment to arrive, so a missing one is asked for again. */
export function useSummary(trace: string) {
  const project = useProject();
  return useQuery({
    queryKey: [...keys.trace(project.id, trace), "summary"],
    queryFn: () => unwrap(api.GET(`${TRACE}/summary`, { params: { path: { project_id: project.id, trace_id: trace } } })),
    retry,
    retryDelay: 700,
  });
}

function folds(unfolding: Unfolding): { levels?: number; opened?: string; closed?: string } {
  return {
    ...(unfolding.levels === null ? {} : { levels: unfolding.levels }),
    ...(unfolding.opened.length > 0 ? { opened: unfolding.opened.join(",") } : {}),
    ...(unfolding.closed.length > 0 ? { closed: unfolding.closed.join(",") } : {}),
  };
}

function treeQuery(project: string, trace: string, unfolding: Unfolding, offset: number) {
  const query = { ...folds(unfolding), offset, limit: WINDOW };
  return {
    queryKey: [...keys.trace(project, trace), "tree", unfolding, offset],
    queryFn: () => unwrap(api.GET(`${TRACE}/tree`, { params: { path: { project_id: project, trace_id: trace }, query } })),
    staleTime: 60_000,
  };
}

/** The windows of the tree by their numbers. The lines before a change stay until the new ones are there. */
export function useWindows(trace: string, unfolding: Unfolding, windows: readonly number[]): UseQueryResult<TreeWindow>[] {
  const project = useProject();
  return useQueries({
    queries: windows.map((window) => ({
      ...treeQuery(project.id, trace, unfolding, window * WINDOW),
      placeholderData: keepPreviousData,
      retry,
      retryDelay: 700,
    })),
  });
}

/** Asks on which line of the tree a span stands once all above it is unfolded, and what that is. */
export function useLocate(trace: string): (unfolding: Unfolding, span: string) => Promise<{ line: number | null; above: string[] }> {
  const { id } = useProject();
  return useCallback(
    async (unfolding, span) => {
      const query = { ...folds(unfolding), limit: 1, locate: span };
      const answer = await unwrap(api.GET(`${TRACE}/tree`, { params: { path: { project_id: id, trace_id: trace }, query } }));
      return { line: answer.located, above: answer.above };
    },
    [id, trace],
  );
}

/** Everything about one span. */
export function useSpan(trace: string, span: string | null) {
  const project = useProject();
  return useQuery({
    queryKey: [...keys.trace(project.id, trace), "span", span],
    queryFn: () =>
      unwrap(
        api.GET(`${TRACE}/spans/{span_id}`, {
          params: { path: { project_id: project.id, trace_id: trace, span_id: span ?? "" } },
        }),
      ),
    enabled: span !== null,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
}

/** Why a span with all beneath it costs what it costs; the whole trace for null. */
export function useCost(trace: string, span: string | null) {
  const project = useProject();
  return useQuery({
    queryKey: [...keys.trace(project.id, trace), "cost", span],
    queryFn: () =>
      unwrap(
        api.GET(`${TRACE}/cost`, {
          params: { path: { project_id: project.id, trace_id: trace }, query: span ? { span_id: span } : {} },
        }),
      ),
    staleTime: 60_000,
  });
}

/** The spans that hold a text, in the order of the tree. */
export function useFind(trace: string, text: string) {
  const project = useProject();
  return useQuery({
    queryKey: [...keys.trace(project.id, trace), "find", text],
    queryFn: () =>
      unwrap(api.GET(`${TRACE}/find`, { params: { path: { project_id: project.id, trace_id: trace }, query: { q: text } } })),
    enabled: text.trim() !== "",
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
}
