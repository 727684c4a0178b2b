/** Releases and environments: what is live where, and how it is moved. */

import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { useEffect, useMemo } from "react";

import { api, unwrap } from "@/api/client";
import { ApiError } from "@/api/error";
import { keys } from "@/api/keys";
import type { Body, Item } from "@/api/types";

import type { PromptRow } from "../prompts/queries";

const RELEASES = "/api/v1/projects/{project_id}/releases";
const ROLLBACK = "/api/v1/projects/{project_id}/releases/rollback";
const MODELS = "/api/v1/projects/{project_id}/models";

export type Release = Item<typeof RELEASES>;
export type Model = Item<typeof MODELS>;

/** Releases, newest first, of one prompt or of the project, in one environment or in all. */
export function useReleases(project: string, filter: { prompt?: string | undefined; environment?: string | undefined }) {
  return useInfiniteQuery({
    queryKey: [...keys.releases(project), filter],
    queryFn: ({ pageParam }) =>
      unwrap(
        api.GET(RELEASES, {
          params: {
            path: { project_id: project },
            query: {
              limit: 100,
              ...(filter.prompt ? { prompt_id: filter.prompt } : {}),
              ...(filter.environment ? { environment: filter.environment } : {}),
              ...(pageParam ? { cursor: pageParam } : {}),
            },
          },
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
  });
}

/**
 * The releases of one prompt, newest first, loaded at least as far back as everything that is live: an environment that
 * nobody has touched for long has its release far down.
 */
export function useHistory(project: string, prompt: PromptRow) {
  const releases = useReleases(project, { prompt: prompt.id });
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = releases;
  const items = useMemo(() => releases.data?.pages.flatMap((page) => page.items), [releases.data]);
  const isShort = items !== undefined && prompt.live.some((live) => !items.some((release) => release.id === live.release_id));
  useEffect(() => {
    if (isShort && hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [isShort, hasNextPage, isFetchingNextPage, fetchNextPage]);
  return { ...releases, items: isShort && hasNextPage ? undefined : items };
}

export function useModels(project: string) {
  return useQuery({
    queryKey: keys.models(project),
    queryFn: () => unwrap(api.GET(MODELS, { params: { path: { project_id: project } } })),
    select: (page) => page.items,
    staleTime: 30_000,
  });
}

/** What a new release changes besides releases: badges on prompts, the list of callable models, the first steps. */
function useReleased(project: string) {
  const client = useQueryClient();
  return () =>
    Promise.all(
      [keys.releases(project), keys.prompts(project), keys.models(project), keys.setup(project)].map((queryKey) => client.invalidateQueries({ queryKey })),
    );
}

const isOvertaken = (error: Error): boolean => error instanceof ApiError && error.status === 409;

export function useRelease(project: string) {
  const released = useReleased(project);
  return useMutation({
    mutationFn: (body: Body<typeof RELEASES>) =>
      unwrap(api.POST(RELEASES, { params: { path: { project_id: project } }, body })),
    onSuccess: () => void released(),
    // Waited for: whoever was overtaken must see what is live now before trying again.
    onError: (error) => (isOvertaken(error) ? released() : undefined),
  });
}

export function useRollBack(project: string) {
  const released = useReleased(project);
  return useMutation({
    mutationFn: (body: Body<typeof ROLLBACK>) =>
      unwrap(api.POST(ROLLBACK, { params: { path: { project_id: project } }, body })),
    onSuccess: () => void released(),
    // Waited for: whoever was overtaken must see what is live now before trying again.
    onError: (error) => (isOvertaken(error) ? released() : undefined),
  });
}
