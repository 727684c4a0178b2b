/** The audit log of a project, or of the whole organisation. */

import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";

import { api, unwrap } from "@/api/client";
import { keys } from "@/api/keys";
import type { Item } from "@/api/types";
import { bounds, type Range } from "@/design/range";

const OF_PROJECT = "/api/v1/projects/{project_id}/audit";
const OF_ORGANISATION = "/api/v1/audit";
const PAGE = 100;

export type AuditEntry = Item<typeof OF_ORGANISATION>;

/** Which entries are wanted, in the API's own words; an empty one asks for nothing. */
export interface AuditFilter {
  action: string;
  actor: string;
  subject: string;
  q: string;
  range: Range | null;
}

/** The wanted entries, newest first; of the whole organisation when no project is given. */
export function useAudit(project: string | null, filter: AuditFilter, isEnabled: boolean) {
  return useInfiniteQuery({
    queryKey: [...(project === null ? keys.organisationAudit : keys.audit(project)), filter],
    queryFn: ({ pageParam }) => {
      const query = { ...asked(filter), limit: PAGE, ...(pageParam ? { cursor: pageParam } : {}) };
      return project === null
        ? unwrap(api.GET(OF_ORGANISATION, { params: { query } }))
        : unwrap(api.GET(OF_PROJECT, { params: { path: { project_id: project }, query } }));
    },
    initialPageParam: "",
    getNextPageParam: (page) => page.next ?? undefined,
    enabled: isEnabled,
    placeholderData: keepPreviousData,
  });
}

function asked({ range, ...words }: AuditFilter) {
  const given = Object.fromEntries(Object.entries(words).filter(([, value]) => value !== ""));
  if (range === null) return given;
  const { from, to } = bounds(range, new Date());
  // What moves with the clock has no end: an entry of this moment belongs to it.
  return { ...given, from: from.toISOString(), ...(range.kind === "between" ? { to: to.toISOString() } : {}) };
}
