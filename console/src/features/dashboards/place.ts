/** What all panels of a page share: where they look, and how they change that or lead elsewhere. */

import { createContext, useContext, useMemo } from "react";
import { useNavigate } from "react-router";

import { useProject } from "@/api/session";
import { useScope } from "@/app/scope";
import type { Marker } from "@/design/markers";
import { rangeQuery, type Range } from "@/design/range";
import { paths } from "@/paths";

export interface Place {
  range: Range;
  environment: string | null;
  live: boolean;
  markers: readonly Marker[];
  onMarker: (marker: Marker) => void;
}

export const PlaceContext = createContext<Place | null>(null);

export function usePlace(): Place {
  const place = useContext(PlaceContext);
  if (!place) throw new Error("a panel stands outside of a place");
  return place;
}

/** Paths to the calls behind a number: those of a query, in the range of the page or between two moments in seconds. */
export function useCalls() {
  const project = useProject();
  const navigate = useNavigate();
  const { setRange } = useScope();
  const { range, environment } = usePlace();
  return useMemo(() => {
    const path = (filter: string, between?: readonly [number, number]): string => {
      const at: Range = between ? rangeOf(between[0], between[1]) : range;
      return paths.traces(project.slug, { filter, ...rangeQuery(at), environment });
    };
    return {
      path,
      open: (filter: string, between?: readonly [number, number]) => void navigate(path(filter, between)),
      zoom: (from_s: number, to_s: number) => setRange(rangeOf(from_s, to_s)),
    };
  }, [project.slug, navigate, setRange, range, environment]);
}

const rangeOf = (from_s: number, to_s: number): Range => ({ kind: "between", from: new Date(from_s * 1000), to: new Date(to_s * 1000) });
