/** API keys of a project. */

import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";

import { api, unwrap } from "@/api/client";
import { keys } from "@/api/keys";
import type { Answer, Body, Item } from "@/api/types";

const KEYS = "/api/v1/projects/{project_id}/keys";
const KEY = "/api/v1/projects/{project_id}/keys/{key_id}";

export type ApiKey = Item<typeof KEYS>;
export type CreatedKey = Answer<typeof KEYS, "post">;
export type NewKey = Body<typeof KEYS>;

/** Keys, newest first, revoked ones included. */
export function useApiKeys(project: string, isEnabled: boolean) {
  return useInfiniteQuery({
    queryKey: keys.apiKeys(project),
    queryFn: ({ pageParam }) =>
      unwrap(api.GET(KEYS, { params: { path: { project_id: project }, query: { limit: 100, ...(pageParam ? { cursor: pageParam } : {}) } } })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
    enabled: isEnabled,
  });
}

export function useCreateKey(project: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: NewKey) => unwrap(api.POST(KEYS, { params: { path: { project_id: project } }, body })),
    onSuccess: () => void client.invalidateQueries({ queryKey: keys.apiKeys(project) }),
    // The answer holds the secret: nothing keeps it once the dialog is closed.
    gcTime: 0,
  });
}

export function useRevokeKey(project: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => unwrap(api.DELETE(KEY, { params: { path: { project_id: project, key_id: id } } })),
    onSuccess: () => void client.invalidateQueries({ queryKey: keys.apiKeys(project) }),
  });
}
