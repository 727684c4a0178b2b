import { useMemo, useState, type KeyboardEvent, type PointerEvent } from "react";

import { axisFigure, axisTime, SIDES } from "./axis";
import chart from "./Chart.module.css";
import { formatCount, formatShortTime } from "./format";
import { quantileBucket, SHADES, shadeOf, shadePath, usedBuckets, type HeatColumn } from "./heat";
import styles from "./HeatMap.module.css";
import { MarkerLayer } from "./MarkerLayer";
import type { Marker } from "./markers";

export interface HeatCell {
  at_s: number;
  /** The edges of the bucket; the last has no upper one. */
  low: number;
  high: number | null;
}

interface HeatMapProps {
  /** What the map shows, for those who cannot see it. */
  label: string;
  /** The lower edges of the buckets, ascending; one more than buckets if the last is closed. */
  edges: readonly number[];
  columns: readonly HeatColumn[];
  /** How long a column is. */
  step_s: number;
  range: readonly [number, number];
  format: (value: number) => string;
  height?: number | "fill";
  /** Shares of each column to draw as a line, with the name of each. */
  quantiles?: readonly { share: number; label: string; color: `--${string}` }[];
  onPick?: ((cell: HeatCell) => void) | undefined;
  onZoom?: ((from: number, to: number) => void) | undefined;
  markers?: readonly Marker[] | undefined;
  onMarker?: ((marker: Marker) => void) | undefined;
}

interface Place {
  column: number;
  row: number;
}

const TICKS = 6;
const SLIP = 4;

/** How values are spread over time: the more of them, the stronger the cell. Arrow keys move from cell to cell, Enter opens it. */
export function HeatMap({ label, edges, columns, step_s, range, format, height = 232, quantiles = [], onPick, onZoom, markers, onMarker }: HeatMapProps) {
  const [at, setAt] = useState<Place | null>(null);
  const grid = useMemo(() => gridOf(columns, edges, step_s, range), [columns, edges, step_s, range]);
  const { first, rows, places } = grid;
  const edge = (row: number): number => edges[first + row] ?? 0;
  const highOf = (row: number): number | null => edges[first + row + 1] ?? null;
  const open = (place: Place) => {
    const column = columns[place.column];
    if (column) onPick?.({ at_s: column.at_s, low: edge(place.row), high: highOf(place.row) });
  };
  const placeAt = (x: number, y: number): Place | null => {
    const at_s = range[0] + x * (range[1] - range[0]);
    const column = columns.findIndex((each) => at_s >= each.at_s && at_s < each.at_s + step_s);
    return column === -1 ? null : { column, row: clamp(Math.floor((1 - y) * rows), rows) };
  };
  const left = at ? places.left(at.column) : 0;
  return (
    <div className={styles.map} style={{ height: height === "fill" ? "100%" : height }} data-picks={onPick ? true : undefined}>
      <svg className={styles.cells} viewBox={`0 0 1 ${rows}`} preserveAspectRatio="none" aria-hidden>
        {grid.shades.map((path, index) => (
          <path key={index} d={path} fill="var(--category-1)" fillOpacity={(index + 1) / SHADES} />
        ))}
        {at ? <rect className={styles.here} x={left} y={rows - at.row - 1} width={places.width} height={1} vectorEffect="non-scaling-stroke" /> : null}
        {quantiles.map((each) => (
          <path key={each.label} className={styles.quantile} stroke={`var(${each.color})`} d={grid.line(each.share)} vectorEffect="non-scaling-stroke" />
        ))}
      </svg>
      <Over
        label={label}
        size={{ columns: columns.length, rows }}
        at={at}
        onAt={setAt}
        placeAt={placeAt}
        onOpen={open}
        onZoom={onZoom ? (from, to) => onZoom(range[0] + from * (range[1] - range[0]), range[0] + to * (range[1] - range[0])) : undefined}
      />
      <div className={styles.sides} aria-hidden>
        {grid.rowTicks.map((row) => (
          <span key={row} style={{ bottom: percentOf(row / rows) }}>
            {axisFigure(format(edge(row)))}
          </span>
        ))}
      </div>
      <div className={styles.times} aria-hidden>
        {grid.timeTicks.map((tick) => (
          <span key={tick} style={{ left: percentOf((tick - range[0]) / (range[1] - range[0])) }}>
            {axisTime(tick, range[1] - range[0])}
          </span>
        ))}
      </div>
      {markers ? <MarkerLayer markers={markers} range={range} onOpen={onMarker} /> : null}
      {at ? (
        <div className={chart.tooltip} style={{ left: `calc(${SIDES.left}px + (100% - ${SIDES.left + SIDES.right}px) * ${left + places.width / 2})` }} data-flip={left > 0.6 || undefined}>
          <p className={chart.time}>{formatShortTime(new Date((columns[at.column]?.at_s ?? 0) * 1000))}</p>
          <p aria-live="polite">{cellWords(columns[at.column]?.counts ?? [], first + at.row, edge(at.row), highOf(at.row), format)}</p>
        </div>
      ) : null}
    </div>
  );
}

interface OverProps {
  label: string;
  size: { columns: number; rows: number };
  at: Place | null;
  onAt: (place: Place | null) => void;
  /** The cell at a place from 0 to 1, from the left and from the top. */
  placeAt: (x: number, y: number) => Place | null;
  onOpen: (place: Place) => void;
  /** Told two places from 0 to 1 between which the pointer was dragged. */
  onZoom?: ((from: number, to: number) => void) | undefined;
}

const MOVES: Record<string, Place> = { ArrowLeft: { column: -1, row: 0 }, ArrowRight: { column: 1, row: 0 }, ArrowUp: { column: 0, row: 1 }, ArrowDown: { column: 0, row: -1 } };

/** What lies over the cells and takes the pointer and the keys. */
function Over({ label, size, at, onAt, placeAt, onOpen, onZoom }: OverProps) {
  const [dragged, setDragged] = useState<{ from: number; to: number } | null>(null);
  const under = (event: PointerEvent<HTMLElement>): { x: number; place: Place | null } => {
    const box = event.currentTarget.getBoundingClientRect();
    const x = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    return { x, place: placeAt(x, (event.clientY - box.top) / box.height) };
  };
  const press = (event: KeyboardEvent) => {
    const move = MOVES[event.key];
    if (event.key === "Enter" && at) onOpen(at);
    else if (event.key === "Escape") onAt(null);
    else if (move) {
      const from = at ?? { column: size.columns - 1, row: Math.floor(size.rows / 2) };
      onAt({ column: clamp(from.column + move.column, size.columns), row: clamp(from.row + move.row, size.rows) });
    } else return;
    event.preventDefault();
  };
  const release = (event: PointerEvent<HTMLElement>) => {
    const { x, place } = under(event);
    const from = dragged?.from;
    setDragged(null);
    if (from === undefined) return;
    if (Math.abs(x - from) * event.currentTarget.clientWidth > SLIP) onZoom?.(Math.min(x, from), Math.max(x, from));
    else if (place) onOpen(place);
  };
  return (
    <div
      className={styles.over}
      role="application"
      aria-roledescription="heat map"
      aria-label={`${label}. Arrow keys move from cell to cell, Enter opens its calls.`}
      tabIndex={0}
      onKeyDown={press}
      onBlur={() => onAt(null)}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        const { x } = under(event);
        setDragged({ from: x, to: x });
      }}
      onPointerMove={(event) => {
        const { x, place } = under(event);
        onAt(place);
        if (dragged) setDragged({ ...dragged, to: x });
      }}
      onPointerUp={release}
      onPointerLeave={() => onAt(null)}
    >
      {dragged ? <div className={styles.dragged} style={{ left: percentOf(Math.min(dragged.from, dragged.to)), width: percentOf(Math.abs(dragged.to - dragged.from)) }} /> : null}
    </div>
  );
}

const clamp = (value: number, length: number): number => Math.max(0, Math.min(length - 1, value));
const percentOf = (share: number): string => `${share * 100}%`;

function cellWords(counts: readonly number[], bucket: number, low: number, high: number | null, format: (value: number) => string): string {
  const spread = high === null ? `${format(low)} and more` : `${format(low)} to ${format(high)}`;
  return `${spread}: ${formatCount(counts[bucket] ?? 0)} of ${formatCount(counts.reduce((sum, each) => sum + each, 0))}`;
}

/** All that is drawn, from what is given: on a grid as wide as 1 and as high as there are rows. */
function gridOf(columns: readonly HeatColumn[], edges: readonly number[], step_s: number, [from, to]: readonly [number, number]) {
  const buckets = Math.max(1, ...columns.map((column) => column.counts.length));
  const { first, last } = usedBuckets(columns, buckets);
  const rows = last - first + 1;
  const width = step_s / (to - from);
  const left = (column: number): number => ((columns[column]?.at_s ?? from) - from) / (to - from);
  const most = Math.max(0, ...columns.flatMap((column) => column.counts));
  const byShade: { column: number; row: number }[][] = Array.from({ length: SHADES }, () => []);
  columns.forEach((column, index) => {
    for (let row = 0; row < rows; row++) {
      const shade = shadeOf(column.counts[first + row] ?? 0, most);
      if (shade > 0) byShade[shade - 1]?.push({ column: left(index) / width, row });
    }
  });
  const line = (share: number): string => {
    let isOn = false;
    return columns
      .map((column, index) => {
        const bucket = quantileBucket(column.counts, share);
        const command = bucket === null ? "" : `${isOn ? "L" : "M"}${(left(index) + width / 2).toFixed(5)} ${(rows - (bucket - first)).toFixed(3)}`;
        isOn = bucket !== null;
        return command;
      })
      .join("");
  };
  const every = Math.max(1, Math.ceil(rows / TICKS));
  const rowTicks = Array.from({ length: rows }, (_, row) => row).filter((row) => row % every === 0 && edges[first + row] !== undefined);
  return { first, rows, shades: byShade.map((cells) => shadePath(cells, rows, width)), line, rowTicks, timeTicks: timeTicks(from, to), places: { left, width } };
}

const STEPS_S = [60, 300, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, 86_400, 172_800, 432_000, 604_800];

/** Round moments in the reader's zone, a handful of them. */
function timeTicks(from: number, to: number): number[] {
  const step = STEPS_S.find((each) => (to - from) / each <= 8) ?? (to - from) / 6;
  const offset = new Date(from * 1000).getTimezoneOffset() * 60;
  const start = Math.ceil((from - offset) / step) * step + offset;
  return Array.from({ length: Math.max(0, Math.floor((to - start) / step) + 1) }, (_, index) => start + index * step);
}
