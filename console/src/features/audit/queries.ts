/** The audit log of a project, or of the whole organisation. */

import { useInfiniteQuery } from "@tanstack/react-query";

import { api, unwrap } from "@/api/client";
import { keys } from "@/api/keys";
import type { Item } from "@/api/types";

const OF_PROJECT = "/api/v1/projects/{project_id}/audit";
const OF_ORGANISATION = "/api/v1/audit";
const PAGE = 200;

export type AuditEntry = Item<typeof OF_ORGANISATION>;

/** Entries, newest first; of the whole organisation when no project is given. */
export function useAudit(project: string | null, isEnabled: boolean) {
  return useInfiniteQuery({
    queryKey: project === null ? keys.organisationAudit : keys.audit(project),
    queryFn: ({ pageParam }) => {
      const query = { limit: PAGE, ...(pageParam ? { cursor: pageParam } : {}) };
      return project === null
        ? unwrap(api.GET(OF_ORGANISATION, { params: { query } }))
        : unwrap(api.GET(OF_PROJECT, { params: { path: { project_id: project }, query } }));
    },
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
    enabled: isEnabled,
  });
}
