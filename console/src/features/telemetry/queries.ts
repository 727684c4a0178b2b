/** What a project lets in, who sends, what became of it, and what was refused. */

import { keepPreviousData, skipToken, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, unwrap } from "@/api/client";
import { keys } from "@/api/keys";
import type { Answer, Item } from "@/api/types";
import { bounds, rangeQuery, type Range } from "@/design/range";

const INGEST = "/api/v1/projects/{project_id}/ingest";
const SENDERS = "/api/v1/projects/{project_id}/ingest/senders";
const OUTCOMES = "/api/v1/projects/{project_id}/ingest/outcomes";
const POLICY = "/api/v1/projects/{project_id}/ingest/policy";
const PREVIEW = "/api/v1/projects/{project_id}/ingest/policy/preview";
const LETTERS = "/api/v1/projects/{project_id}/ingest/dead-letters";
const REPLAY = "/api/v1/projects/{project_id}/ingest/dead-letters/replay";

const REPLAY_ONE = "/api/v1/projects/{project_id}/ingest/dead-letters/{letter_id}/replay";

export type Sender = Item<typeof SENDERS>;
export type Outcomes = Answer<typeof OUTCOMES>;
export type Reason = Outcomes["reasons"][number];
export type PolicyRecord = Answer<typeof POLICY>;
export type Policy = Required<PolicyRecord["policy"]>;
export type Preview = Answer<typeof PREVIEW, "post">;
export type Letter = Item<typeof LETTERS>;

const REFRESH_MS = 5_000;
const inProject = (project: string) => ({ path: { project_id: project } });

const during = (range: Range) => {
  const { from, to } = bounds(range, new Date());
  return { from: from.toISOString(), to: to.toISOString() };
};

/** Where telemetry is listened to. */
export function useDoors(project: string) {
  return useQuery({
    queryKey: [...keys.telemetry(project), "doors"],
    queryFn: () => unwrap(api.GET(INGEST, { params: inProject(project) })),
  });
}

/** Who reports spans in the range; asked for again as long as somebody looks. */
export function useSenders(project: string, range: Range) {
  return useQuery({
    queryKey: [...keys.telemetry(project), "senders", rangeQuery(range)],
    queryFn: () => unwrap(api.GET(SENDERS, { params: { ...inProject(project), query: during(range) } })),
    select: (page) => page.items,
    placeholderData: keepPreviousData,
    refetchInterval: REFRESH_MS,
  });
}

/** What became of telemetry in the range. */
export function useOutcomes(project: string, range: Range) {
  return useQuery({
    queryKey: [...keys.telemetry(project), "outcomes", rangeQuery(range)],
    queryFn: () => unwrap(api.GET(OUTCOMES, { params: { ...inProject(project), query: during(range) } })),
    placeholderData: keepPreviousData,
    refetchInterval: REFRESH_MS,
  });
}

export function usePolicy(project: string) {
  return useQuery({
    queryKey: [...keys.telemetry(project), "policy"],
    queryFn: () => unwrap(api.GET(POLICY, { params: inProject(project) })),
  });
}

/** What a policy would have done with the last hour; null asks nothing. */
export function usePreview(project: string, policy: Policy | null) {
  return useQuery({
    queryKey: [...keys.telemetry(project), "preview", policy],
    queryFn: policy === null ? skipToken : () => unwrap(api.POST(PREVIEW, { params: inProject(project), body: policy })),
    placeholderData: keepPreviousData,
    retry: false,
  });
}

export function useReplacePolicy(project: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (policy: Policy) => unwrap(api.PUT(POLICY, { params: inProject(project), body: policy })),
    onSuccess: (record) => client.setQueryData([...keys.telemetry(project), "policy"], record),
  });
}

/** What was refused, newest first. */
export function useLetters(project: string) {
  return useQuery({
    queryKey: [...keys.telemetry(project), "letters"],
    queryFn: () => unwrap(api.GET(LETTERS, { params: { ...inProject(project), query: { limit: 100 } } })),
    select: (page) => page.items,
  });
}

/** Tries one item that was refused again. */
export function useReplayOne(project: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (letter: string) => unwrap(api.POST(REPLAY_ONE, { params: { path: { project_id: project, letter_id: letter } } })),
    onSettled: () => void client.invalidateQueries({ queryKey: keys.project(project) }),
  });
}

/** Tries everything that was refused again; what gets in changes every number in the project. */
export function useReplay(project: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => unwrap(api.POST(REPLAY, { params: inProject(project) })),
    onSuccess: () => void client.invalidateQueries({ queryKey: keys.project(project) }),
  });
}
