/** Comments, tags, corrections and scores of one trace. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, unwrap } from "@/api/client";
import { keys } from "@/api/keys";
import { useProject } from "@/api/session";
import type { Body, Item } from "@/api/types";

const TRACE = "/api/v1/projects/{project_id}/traces/{trace_id}";
const SCORES = "/api/v1/projects/{project_id}/scores";

export type Annotation = Item<`${typeof TRACE}/annotations`>;
export type Score = Item<typeof SCORES>;

/** What is said about a trace and its spans, the oldest first. */
export function useAnnotations(trace: string) {
  const project = useProject();
  return useQuery({
    queryKey: [...keys.trace(project.id, trace), "annotations"],
    queryFn: async () => (await unwrap(api.GET(`${TRACE}/annotations`, { params: { path: { project_id: project.id, trace_id: trace } } }))).items,
  });
}

/** The scores of a trace and its spans, the newest first. */
export function useScores(trace: string) {
  const project = useProject();
  return useQuery({
    queryKey: [...keys.trace(project.id, trace), "scores"],
    queryFn: async () =>
      (await unwrap(api.GET(SCORES, { params: { path: { project_id: project.id }, query: { trace_id: trace, limit: 200 } } }))).items,
  });
}

/** The tags in use lately, to choose from. */
export function useTags() {
  const project = useProject();
  return useQuery({
    queryKey: [...keys.traces(project.id), "tags"],
    queryFn: async () => (await unwrap(api.GET("/api/v1/projects/{project_id}/trace-tags", { params: { path: { project_id: project.id } } }))).items,
    staleTime: 60_000,
  });
}

/** Every way to say something; whatever is done, the page and the lists show it. */
export function useAnnotate(trace: string) {
  const project = useProject();
  const client = useQueryClient();
  const path = { project_id: project.id, trace_id: trace };
  const onSuccess = () =>
    Promise.all([
      client.invalidateQueries({ queryKey: [...keys.trace(project.id, trace), "annotations"] }),
      client.invalidateQueries({ queryKey: [...keys.trace(project.id, trace), "scores"] }),
      client.invalidateQueries({ queryKey: keys.traces(project.id) }),
    ]);
  const comment = useMutation({
    mutationFn: (body: Body<`${typeof TRACE}/comments`>) => unwrap(api.POST(`${TRACE}/comments`, { params: { path }, body })),
    onSuccess,
  });
  const edit = useMutation({
    mutationFn: ({ id, text }: { id: string; text: string }) =>
      unwrap(api.PATCH(`${TRACE}/comments/{comment_id}`, { params: { path: { ...path, comment_id: id } }, body: { text } })),
    onSuccess,
  });
  const remove = useMutation({
    mutationFn: (id: string) => unwrap(api.DELETE(`${TRACE}/comments/{comment_id}`, { params: { path: { ...path, comment_id: id } } })),
    onSuccess,
  });
  const tag = useMutation({
    mutationFn: ({ tag: name, span }: { tag: string; span: string }) =>
      unwrap(api.PUT(`${TRACE}/tags/{tag}`, { params: { path: { ...path, tag: name }, query: { span_id: span } } })),
    onSuccess,
  });
  const untag = useMutation({
    mutationFn: ({ tag: name, span }: { tag: string; span: string }) =>
      unwrap(api.DELETE(`${TRACE}/tags/{tag}`, { params: { path: { ...path, tag: name }, query: { span_id: span } } })),
    onSuccess,
  });
  const correct = useMutation({
    mutationFn: ({ text, span }: { text: string; span: string }) =>
      unwrap(api.PUT(`${TRACE}/correction`, { params: { path, query: { span_id: span } }, body: { text } })),
    onSuccess,
  });
  const withdraw = useMutation({
    mutationFn: (span: string) => unwrap(api.DELETE(`${TRACE}/correction`, { params: { path, query: { span_id: span } } })),
    onSuccess,
  });
  const score = useMutation({
    mutationFn: (body: Body<typeof SCORES>) => unwrap(api.POST(SCORES, { params: { path: { project_id: project.id } }, body })),
    onSuccess,
  });
  const unscore = useMutation({
    mutationFn: (id: string) =>
      unwrap(api.DELETE(`${SCORES}/{score_id}`, { params: { path: { project_id: project.id, score_id: id } } })),
    onSuccess,
  });
  return { comment, edit, remove, tag, untag, correct, withdraw, score, unscore };
}
