/** Providers and aliases: what the project can reach, and under which names. */

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { api, unwrap } from "@/api/client";
import { keys } from "@/api/keys";
import type { Answer, Body, Item } from "@/api/types";

const KINDS = "/api/v1/provider-kinds";
const PROVIDERS = "/api/v1/projects/{project_id}/providers";
const PROVIDER = "/api/v1/projects/{project_id}/providers/{provider_id}";
const CHECK = "/api/v1/projects/{project_id}/providers/{provider_id}/check";
const ALIASES = "/api/v1/projects/{project_id}/aliases";
const ALIAS = "/api/v1/projects/{project_id}/aliases/{alias}";

export type Kind = Item<typeof KINDS>;
export type Provider = Item<typeof PROVIDERS>;
export type Check = Answer<typeof CHECK, "post">;
export type Alias = Item<typeof ALIASES>;
export type NewProvider = Body<typeof PROVIDERS>;
export type ProviderChange = Body<typeof PROVIDER, "patch">;

const ALL = { limit: 200 };

export function useKinds() {
  return useQuery({
    queryKey: keys.providerKinds,
    queryFn: () => unwrap(api.GET(KINDS)),
    select: (page) => page.items,
    staleTime: Infinity,
  });
}

export function useProviders(project: string) {
  return useQuery({
    queryKey: keys.providers(project),
    queryFn: () => unwrap(api.GET(PROVIDERS, { params: { path: { project_id: project }, query: ALL } })),
    select: (page) => page.items,
  });
}

/** What a change of providers or aliases changes besides: the models that can be called, and the first steps. */
function useChanged(project: string) {
  const client = useQueryClient();
  return () => {
    for (const queryKey of [keys.providers(project), keys.aliases(project), keys.models(project), keys.setup(project)]) {
      void client.invalidateQueries({ queryKey });
    }
  };
}

export function useCreateProvider(project: string) {
  const changed = useChanged(project);
  return useMutation({
    mutationFn: (body: NewProvider) => unwrap(api.POST(PROVIDERS, { params: { path: { project_id: project } }, body })),
    onSuccess: changed,
  });
}

export function useChangeProvider(project: string) {
  const changed = useChanged(project);
  return useMutation({
    mutationFn: ({ id, change }: { id: string; change: ProviderChange }) =>
      unwrap(api.PATCH(PROVIDER, { params: { path: { project_id: project, provider_id: id } }, body: change })),
    onSuccess: changed,
  });
}

export function useDeleteProvider(project: string) {
  const changed = useChanged(project);
  return useMutation({
    mutationFn: (id: string) => unwrap(api.DELETE(PROVIDER, { params: { path: { project_id: project, provider_id: id } } })),
    onSuccess: changed,
  });
}

export function useCheckProvider(project: string) {
  return useMutation({
    mutationFn: (id: string) => unwrap(api.POST(CHECK, { params: { path: { project_id: project, provider_id: id } } })),
  });
}

export function useAliases(project: string) {
  return useQuery({
    queryKey: keys.aliases(project),
    queryFn: () => unwrap(api.GET(ALIASES, { params: { path: { project_id: project }, query: ALL } })),
    select: (page) => page.items,
  });
}

export function usePutAlias(project: string) {
  const changed = useChanged(project);
  return useMutation({
    mutationFn: ({ alias, target }: { alias: string; target: string }) =>
      unwrap(api.PUT(ALIAS, { params: { path: { project_id: project, alias } }, body: { target } })),
    onSuccess: changed,
  });
}

export function useDeleteAlias(project: string) {
  const changed = useChanged(project);
  return useMutation({
    mutationFn: (alias: string) => unwrap(api.DELETE(ALIAS, { params: { path: { project_id: project, alias } } })),
    onSuccess: changed,
  });
}
