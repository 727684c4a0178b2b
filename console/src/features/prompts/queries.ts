/** Prompts and their versions: what the pages read and write. */

import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, unwrap } from "@/api/client";
import { ApiError } from "@/api/error";
import { keys } from "@/api/keys";
import type { Answer, Body, Item } from "@/api/types";

const PROMPTS = "/api/v1/projects/{project_id}/prompts";
const PROMPT = "/api/v1/projects/{project_id}/prompts/{prompt_id}";
const VERSIONS = "/api/v1/projects/{project_id}/prompts/{prompt_id}/versions";
const VERSION = "/api/v1/projects/{project_id}/prompts/{prompt_id}/versions/{number}";
const DIFF = "/api/v1/projects/{project_id}/prompts/{prompt_id}/diff";
const RENDER = "/api/v1/projects/{project_id}/prompts/render";

export type PromptRow = Item<typeof PROMPTS>;
export type PromptDetail = Answer<typeof PROMPT>;
export type Version = Item<typeof VERSIONS>;
export type Comparison = Answer<typeof DIFF>;
export type Rendered = Answer<typeof RENDER, "post">;

const PAGE = 200;

/** All prompts of a project whose name or description holds the text, a page at a time. */
export function usePrompts(project: string, q: string) {
  return useInfiniteQuery({
    queryKey: [...keys.prompts(project), "list", q],
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET(PROMPTS, {
          params: {
            path: { project_id: project },
            query: { limit: PAGE, ...(q ? { q } : {}), ...(pageParam ? { cursor: pageParam } : {}) },
          },
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
  });
}

export function usePrompt(project: string, prompt: string) {
  return useQuery({
    queryKey: keys.prompt(project, prompt),
    queryFn: () => unwrap(api.GET(PROMPT, { params: { path: { project_id: project, prompt_id: prompt } } })),
  });
}

/** Versions, newest first, a page at a time. */
export function useVersions(project: string, prompt: string) {
  return useInfiniteQuery({
    queryKey: keys.versions(project, prompt),
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET(VERSIONS, {
          params: {
            path: { project_id: project, prompt_id: prompt },
            query: { limit: PAGE, ...(pageParam ? { cursor: Number(pageParam) } : {}) },
          },
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
  });
}

/** One version; it never changes, so it is asked for once. Nothing is asked while there is no number. */
export function useVersion(project: string, prompt: string, number: number | undefined) {
  return useQuery({
    queryKey: [...keys.versions(project, prompt), number],
    queryFn: () => unwrap(api.GET(VERSION, { params: { path: { project_id: project, prompt_id: prompt, number: number ?? 0 } } })),
    enabled: number !== undefined,
    staleTime: Infinity,
  });
}

export function useComparison(project: string, prompt: string, from: number, to: number) {
  return useQuery({
    queryKey: [...keys.prompt(project, prompt), "diff", from, to],
    queryFn: () =>
      unwrap(api.GET(DIFF, { params: { path: { project_id: project, prompt_id: prompt }, query: { from, to } } })),
    staleTime: Infinity,
    placeholderData: keepPreviousData,
  });
}

/** The messages as a call would send them. Nothing is stored; the same input is not asked for twice. */
export function useRendered(project: string, body: Body<typeof RENDER>, isEnabled: boolean) {
  return useQuery({
    queryKey: ["project", project, "rendered", body],
    queryFn: ({ signal }) => unwrap(api.POST(RENDER, { params: { path: { project_id: project } }, body, signal })),
    enabled: isEnabled,
    retry: false,
    staleTime: Infinity,
    gcTime: 60_000,
    placeholderData: keepPreviousData,
  });
}

export function useCreatePrompt(project: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Body<typeof PROMPTS>) =>
      unwrap(api.POST(PROMPTS, { params: { path: { project_id: project } }, body })),
    onSuccess: () => void client.invalidateQueries({ queryKey: keys.prompts(project) }),
  });
}

export function useDescribePrompt(project: string, prompt: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (description: string) =>
      unwrap(api.PATCH(PROMPT, { params: { path: { project_id: project, prompt_id: prompt } }, body: { description } })),
    onSuccess: (changed) => {
      client.setQueryData(keys.prompt(project, prompt), changed);
      void client.invalidateQueries({ queryKey: [...keys.prompts(project), "list"] });
    },
  });
}

export function useSaveVersion(project: string, prompt: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Body<typeof VERSIONS>) =>
      unwrap(api.POST(VERSIONS, { params: { path: { project_id: project, prompt_id: prompt } }, body })),
    // Not waited for: the page must know its own new version before the list shows it as somebody's.
    onSuccess: () => void client.invalidateQueries({ queryKey: keys.prompts(project) }),
    // Waited for: whoever was overtaken must see by which version before trying again.
    onError: (error) => (error instanceof ApiError && error.status === 409 ? client.invalidateQueries({ queryKey: keys.prompts(project) }) : undefined),
  });
}

export function useDeletePrompt(project: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (prompt: string) =>
      unwrap(api.DELETE(PROMPT, { params: { path: { project_id: project, prompt_id: prompt } } })),
    onSuccess: (_nothing, prompt) => {
      client.removeQueries({ queryKey: keys.prompt(project, prompt) });
      void client.invalidateQueries({ queryKey: [...keys.prompts(project), "list"] });
    },
  });
}
