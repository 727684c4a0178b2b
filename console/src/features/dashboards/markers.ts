/** What was changed when: releases, rollbacks and prices, for the charts of every page. */

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useCallback } from "react";
import { useNavigate } from "react-router";

import { api, unwrap } from "@/api/client";
import { keys } from "@/api/keys";
import { useProject } from "@/api/session";
import type { Item } from "@/api/types";
import type { Marker } from "@/design/markers";
import { bounds, rangeQuery, type Range } from "@/design/range";
import { paths } from "@/paths";

const MARKERS = "/api/v1/projects/{project_id}/markers";

type Change = Item<typeof MARKERS>;
/** A marker that still knows where it leads. */
type Linked = Marker & Pick<Change, "link" | "environment">;

const NONE: readonly Linked[] = [];

function markerOf(change: Change): Linked {
  return { id: `${change.kind} ${change.link.id} ${change.at}`, at_s: Date.parse(change.at) / 1000, kind: change.kind, title: change.title, detail: change.detail, link: change.link, environment: change.environment };
}

/** The changes in a range. A chart does not wait for them, and is there without them when they cannot be had. */
export function useMarkers(range: Range, environment: string | null): readonly Linked[] {
  const project = useProject();
  const { data } = useQuery({
    queryKey: [...keys.markers(project.id), rangeQuery(range), environment],
    queryFn: async () => {
      const { from, to } = bounds(range, new Date());
      const query = { from: from.toISOString(), to: to.toISOString(), ...(environment ? { environment } : {}) };
      return (await unwrap(api.GET(MARKERS, { params: { path: { project_id: project.id }, query } }))).items.map(markerOf);
    },
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
  return data ?? NONE;
}

/** Leads from a marker to what it marks. */
export function useOpenMarker(): (marker: Marker) => void {
  const project = useProject();
  const navigate = useNavigate();
  return useCallback(
    (marker) => {
      const { link, environment } = marker as Linked;
      void navigate(link.kind === "price" ? paths.costs(project.slug) : paths.releases(project.slug, { environment }));
    },
    [navigate, project.slug],
  );
}
