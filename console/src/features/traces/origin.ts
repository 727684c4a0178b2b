/** What a trace page knows of the list that it was opened from: the way back, and the traces before and after. Pure. */

export interface Origin {
  /** The address of the list, with its filters and its range. */
  from: string;
  /** Ids of the traces around the one that was opened, in the order of the list. */
  siblings: string[];
}

const AROUND = 100;

/** The origin of a trace that is opened from a list; only so many neighbours go along, since they travel in the history. */
export function originOf(from: string, ids: readonly string[], opened: string): Origin {
  const at = ids.indexOf(opened);
  return { from, siblings: at === -1 ? [] : ids.slice(Math.max(0, at - AROUND), at + AROUND + 1) };
}

/** Reads an origin out of a location's state; null for a page that was opened by its address. */
export function readOrigin(state: unknown): Origin | null {
  if (typeof state !== "object" || state === null || !("from" in state) || typeof state.from !== "string") return null;
  const siblings = "siblings" in state && Array.isArray(state.siblings) ? state.siblings : [];
  return { from: state.from, siblings: siblings.filter((each): each is string => typeof each === "string") };
}

/** The traces before and after one, as far as they are known. */
export function neighbours(origin: Origin | null, id: string): { previous: string | null; next: string | null } {
  const siblings = origin?.siblings ?? [];
  const at = siblings.indexOf(id);
  if (at === -1) return { previous: null, next: null };
  return { previous: siblings[at - 1] ?? null, next: siblings[at + 1] ?? null };
}

/** The trace that a list should stand on again after coming back from it. */
export function readReturn(state: unknown): string | null {
  return typeof state === "object" && state !== null && "seen" in state && typeof state.seen === "string" ? state.seen : null;
}
