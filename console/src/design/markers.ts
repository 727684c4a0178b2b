/** Where the markers of a chart stand, and which of them are so close that they share a flag. Pure. */

export interface Marker {
  /** Stable and unique among the markers of a chart. */
  id: string;
  at_s: number;
  kind: "release" | "rollback" | "price";
  title: string;
  detail: string;
}

export interface Flag {
  /** How far from the left of the chart, from 0 to 1. */
  place: number;
  /** Oldest first, never empty. */
  markers: readonly [Marker, ...Marker[]];
}

const CLOSE = 0.014;

/** The flags of a range in seconds, from left to right; what lies outside has none. */
export function flagsOf(markers: readonly Marker[], [from, to]: readonly [number, number]): Flag[] {
  const length = to - from;
  if (!(length > 0)) return [];
  const shown = markers.filter((each) => each.at_s >= from && each.at_s <= to).sort((one, other) => one.at_s - other.at_s);
  const flags: { place: number; markers: [Marker, ...Marker[]] }[] = [];
  for (const marker of shown) {
    const place = (marker.at_s - from) / length;
    const last = flags.at(-1);
    if (last && place - last.place < CLOSE) last.markers.push(marker);
    else flags.push({ place, markers: [marker] });
  }
  return flags;
}
