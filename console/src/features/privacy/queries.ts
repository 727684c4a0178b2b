/** What a project wants about its data, and what was done about it. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, unwrap } from "@/api/client";
import { keys } from "@/api/keys";
import type { Answer, Body, Item } from "@/api/types";

const PRIVACY = "/api/v1/projects/{project_id}/privacy";
const REDACTION = "/api/v1/projects/{project_id}/privacy/redaction";
const TRIAL = "/api/v1/projects/{project_id}/privacy/redaction/try";
const CONTENT = "/api/v1/projects/{project_id}/privacy/content";
const RETENTION = "/api/v1/projects/{project_id}/privacy/retention";
const RUN = "/api/v1/projects/{project_id}/privacy/retention/run";
const DELETIONS = "/api/v1/projects/{project_id}/privacy/deletions";
const PREVIEW = "/api/v1/projects/{project_id}/privacy/deletions/preview";

export type Privacy = Answer<typeof PRIVACY>;
export type Redaction = Required<Body<typeof REDACTION, "put">>;
export type Content = Required<Body<typeof CONTENT, "put">>;
export type Retention = Required<Body<typeof RETENTION, "put">>;
export type RetentionRun = Answer<typeof RETENTION>["runs"][number];
export type Deletion = Item<typeof DELETIONS>;
export type Subject = Body<typeof DELETIONS>;
export type Count = Deletion["counts"][number];

const WORKING_MS = 3_000;

const inProject = (project: string) => ({ path: { project_id: project } });

/** The policy in force, what can be chosen, and what was done. */
export function usePrivacy(project: string) {
  return useQuery({
    queryKey: [...keys.privacy(project), "policy"],
    queryFn: () => unwrap(api.GET(PRIVACY, { params: inProject(project) })),
  });
}

function useReplaced<Wanted>(project: string, replace: (wanted: Wanted) => Promise<unknown>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: replace,
    onSuccess: () => client.invalidateQueries({ queryKey: keys.privacy(project) }),
  });
}

export function useReplaceRedaction(project: string) {
  return useReplaced(project, (body: Redaction) => unwrap(api.PUT(REDACTION, { params: inProject(project), body })));
}

export function useReplaceContent(project: string) {
  return useReplaced(project, (body: Content) => unwrap(api.PUT(CONTENT, { params: inProject(project), body })));
}

export function useReplaceRetention(project: string) {
  return useReplaced(project, (body: Retention) => unwrap(api.PUT(RETENTION, { params: inProject(project), body })));
}

/** What a redaction, saved or not, makes of a text. */
export function useTrial(project: string) {
  return useMutation({
    mutationFn: (body: { redaction: Redaction; text: string }) => unwrap(api.POST(TRIAL, { params: inProject(project), body })),
  });
}

export function useRetentionPlan(project: string) {
  return useQuery({
    queryKey: [...keys.privacy(project), "plan"],
    queryFn: () => unwrap(api.GET(RETENTION, { params: inProject(project) })),
  });
}

export function useRunRetention(project: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => unwrap(api.POST(RUN, { params: inProject(project) })),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.project(project) }),
  });
}

/** Requests for deletion, newest first; looked at again while one is under way. */
export function useDeletions(project: string) {
  return useQuery({
    queryKey: [...keys.privacy(project), "deletions"],
    queryFn: () => unwrap(api.GET(DELETIONS, { params: { ...inProject(project), query: { limit: 100 } } })),
    select: (page) => page.items,
    refetchInterval: (query) => (query.state.data?.items.some(isUnderWay) ? WORKING_MS : false),
  });
}

export function isUnderWay(deletion: Deletion): boolean {
  return deletion.state !== "complete" && deletion.state !== "failed";
}

export function usePreview(project: string) {
  return useMutation({
    mutationFn: (body: Subject) => unwrap(api.POST(PREVIEW, { params: inProject(project), body })),
  });
}

export function useDelete(project: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Subject) => unwrap(api.POST(DELETIONS, { params: inProject(project), body })),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.privacy(project) }),
  });
}

/** Where the proof of a deletion is to be had. */
export function proofAddress(project: string, deletion: string): string {
  return `/api/v1/projects/${encodeURIComponent(project)}/privacy/deletions/${encodeURIComponent(deletion)}/proof`;
}
