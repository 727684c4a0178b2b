/** Settings of the project, of the organisation, and of one's own account. */

import { useMutation, useQueryClient } from "@tanstack/react-query";

import { api, unwrap } from "@/api/client";
import { keys } from "@/api/keys";
import type { Body } from "@/api/types";

const PROJECTS = "/api/v1/projects";
const PROJECT = "/api/v1/projects/{project_id}";
const ENVIRONMENTS = "/api/v1/projects/{project_id}/environments";
const ORGANISATION = "/api/v1/organisation";
const PASSWORD = "/api/v1/auth/password";

export function useRenameProject(project: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => unwrap(api.PATCH(PROJECT, { params: { path: { project_id: project } }, body: { name } })),
    onSuccess: () => void client.invalidateQueries({ queryKey: keys.session }),
  });
}

export function useCreateProject() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Body<typeof PROJECTS>) => unwrap(api.POST(PROJECTS, { body })),
    // Waited for: the pages of the new project find it in the session.
    onSuccess: () => client.invalidateQueries({ queryKey: keys.session }),
  });
}

export function useAddEnvironment(project: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => unwrap(api.POST(ENVIRONMENTS, { params: { path: { project_id: project } }, body: { name } })),
    onSuccess: () => void client.invalidateQueries({ queryKey: keys.environments(project) }),
  });
}

export function useRenameOrganisation() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => unwrap(api.PATCH(ORGANISATION, { body: { name } })),
    onSuccess: () => void client.invalidateQueries({ queryKey: keys.session }),
  });
}

export function useChangePassword() {
  return useMutation({
    mutationFn: (body: Body<typeof PASSWORD>) => unwrap(api.POST(PASSWORD, { body })),
    gcTime: 0,
  });
}
