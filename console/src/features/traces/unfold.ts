/** What is folded and unfolded in the tree of a trace, and which part of its time line is looked at. Pure. */

import type { Unfolding } from "./inspect";

export const EVERYTHING: Unfolding = { levels: null, opened: [], closed: [] };

/** Folds or unfolds one span. */
export function toggled(unfolding: Unfolding, span: string, open: boolean): Unfolding {
  const without = (ids: readonly string[]) => ids.filter((id) => id !== span);
  return {
    ...unfolding,
    opened: open ? [...without(unfolding.opened), span] : without(unfolding.opened),
    closed: open ? without(unfolding.closed) : [...without(unfolding.closed), span],
  };
}

/** Unfolds what lies above a span, so that it can be seen. The same unfolding when it can be already. */
export function revealed(unfolding: Unfolding, ancestors: readonly string[]): Unfolding {
  const hidden = ancestors.filter((id, depth) => {
    if (unfolding.opened.includes(id)) return false;
    return unfolding.closed.includes(id) || (unfolding.levels !== null && depth >= unfolding.levels);
  });
  return hidden.reduce((each, id) => toggled(each, id, true), unfolding);
}

/** A part of the time line, in milliseconds after the start of the trace. */
export interface Zoom {
  from: number;
  to: number;
}

const NARROWEST_MS = 0.001;

/** Zooms by a factor around a moment; never beyond the whole, nor below a microsecond. */
export function zoomed(zoom: Zoom, factor: number, around: number, wholeMs: number): Zoom {
  const length = Math.min(wholeMs, Math.max(NARROWEST_MS, (zoom.to - zoom.from) * factor));
  const share = zoom.to > zoom.from ? (around - zoom.from) / (zoom.to - zoom.from) : 0.5;
  const from = Math.min(Math.max(0, around - share * length), wholeMs - length);
  return { from, to: from + length };
}

/** Shows a span with some room beside it. */
export function around(offsetMs: number, durationMs: number, wholeMs: number): Zoom {
  const room = Math.max(durationMs * 0.1, wholeMs * 0.002);
  return { from: Math.max(0, offsetMs - room), to: Math.min(wholeMs, offsetMs + durationMs + room) };
}

/** The place of a span's bar within what is looked at, in shares from 0 to 1; null when it lies outside. */
export function barOf(offsetMs: number, durationMs: number, zoom: Zoom): { left: number; width: number } | null {
  const length = Math.max(zoom.to - zoom.from, Number.MIN_VALUE);
  const left = (offsetMs - zoom.from) / length;
  const right = (offsetMs + durationMs - zoom.from) / length;
  if (right < 0 || left > 1) return null;
  const start = Math.max(0, left);
  return { left: start, width: Math.min(1, right) - start };
}

/** Round moments to write along a part of the time line. */
export function marks(zoom: Zoom): number[] {
  const length = zoom.to - zoom.from;
  if (!(length > 0)) return [zoom.from];
  const rough = length / 4;
  const scale = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((each) => rough <= each * scale * (1 + 1e-9)) ?? 10) * scale;
  const first = Math.ceil(zoom.from / step - 1e-9) * step;
  return Array.from({ length: Math.floor((zoom.to - first) / step + 1e-9) + 1 }, (_, index) => first + index * step);
}
