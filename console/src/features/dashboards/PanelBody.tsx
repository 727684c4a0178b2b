import { useMemo, useState } from "react";

import { BarList } from "@/design/BarList";
import { Chart, Legend } from "@/design/Chart";
import { changeOf } from "@/design/format";
import { HeatMap } from "@/design/HeatMap";
import { categoryColor, OTHER } from "@/design/palette";
import { Skeleton } from "@/design/Skeleton";
import { Stat } from "@/design/Stat";

import { cellQuery, queryOf } from "./drill";
import { PanelTable } from "./PanelTable";
import styles from "./Panel.module.css";
import { useCalls, usePlace } from "./place";
import { usePanelBefore, type Answered } from "./queries";
import { drawnOf, labelOf, timesOf, toggled } from "./series";
import type { Measure, Panel } from "./types";
import { axisFormat, betterOf, exactValue, formatValue, numberOf } from "./unit";

interface PanelBodyProps {
  panel: Panel;
  answer: Answered;
  /** Those of its measures that are drawn. */
  measures: readonly Measure[];
}

/** The numbers of a panel as its kind of chart. */
export function PanelBody({ panel, answer, measures }: PanelBodyProps) {
  if (panel.chart === "stat") return <Stats panel={panel} answer={answer} />;
  if (isEmpty(answer)) return <p className={styles.empty}>Nothing in this range fits.</p>;
  if (panel.chart === "table") return <PanelTable panel={panel} answer={answer} />;
  if (panel.chart === "heatmap") return <Heat panel={panel} answer={answer} />;
  if (panel.chart === "bar" && !panel.over_time) return <Bars panel={panel} answer={answer} />;
  return <Course panel={panel} answer={answer} measures={measures} />;
}

function isEmpty(answer: Answered): boolean {
  if (answer.heat) return answer.heat.columns.every((column) => column.counts.every((count) => count === 0));
  return answer.groups.every((group) => Object.values(group.values).every((value) => value === null || Number(value) === 0));
}

function Course({ panel, answer, measures }: PanelBodyProps) {
  const calls = useCalls();
  const { markers, onMarker } = usePlace();
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const times = useMemo(() => timesOf(answer), [answer]);
  const drawn = useMemo(() => drawnOf(panel, answer, measures), [panel, answer, measures]);
  const visible = useMemo(() => drawn.filter((each) => !hidden.has(each.series.label)), [drawn, hidden]);
  const series = useMemo(() => visible.map((each) => each.series), [visible]);
  const range = useMemo(() => [answer.from.getTime() / 1000, answer.to.getTime() / 1000] as const, [answer]);
  const labels = drawn.map((each) => each.series.label);
  const open = (index: number) => {
    const at = times[index];
    if (at === undefined) return;
    // With one group left in view, its calls are meant; with several, all of that time.
    const only = visible.length === 1 ? visible[0]?.group : null;
    calls.open(queryOf(panel, only?.key ?? []), [at, at + (answer.step_s ?? 60)]);
  };
  return (
    <div className={styles.course}>
      <div className={styles.plot}>
        <Chart
          label={`${panel.title} over time: ${labels.join(", ")}. Drag over a part to look at it alone; click to see its calls.`}
          times={times}
          series={series}
          format={axisFormat(measures[0]?.unit ?? "count")}
          height="fill"
          ceiling={measures[0]?.unit === "ratio" ? 1 : undefined}
          range={range}
          sync="dashboard"
          onZoom={calls.zoom}
          onPick={open}
          markers={markers}
          onMarker={onMarker}
        />
      </div>
      <div className={styles.legend}>
        {drawn.length > 1 ? <Legend series={drawn.map((each) => each.series)} hidden={hidden} onToggle={(label, alone) => setHidden(toggled(labels, hidden, label, alone))} /> : null}
      </div>
    </div>
  );
}

function Bars({ panel, answer }: { panel: Panel; answer: Answered }) {
  const calls = useCalls();
  const measure = answer.measures.find((each) => each.name === panel.sort) ?? answer.measures[0];
  if (!measure) return null;
  const isCut = panel.by.length > 0;
  const bars = isCut
    ? [
        ...answer.groups.map((group, index) => ({
          key: JSON.stringify(group.key),
          label: labelOf(group, panel.by),
          name: labelOf(group, panel.by),
          value: numberOf(group.values[measure.name]),
          text: formatValue(group.values[measure.name], measure.unit),
          color: categoryColor(0),
          order: index,
          onOpen: () => calls.open(queryOf(panel, group.key)),
        })),
        ...(answer.other && numberOf(answer.other.values[measure.name]) !== null
          ? [{ key: "other", label: "all others", name: "all others", value: numberOf(answer.other.values[measure.name]), text: formatValue(answer.other.values[measure.name], measure.unit), color: OTHER }]
          : []),
      ]
    : answer.measures.map((each) => ({
        key: each.name,
        label: each.title,
        name: each.title,
        value: numberOf(answer.totals[each.name]),
        text: formatValue(answer.totals[each.name], each.unit),
        color: categoryColor(0),
      }));
  return (
    <div className={styles.bars}>
      <BarList label={panel.title} bars={bars} />
    </div>
  );
}

function Stats({ panel, answer }: { panel: Panel; answer: Answered }) {
  const calls = useCalls();
  const { environment } = usePlace();
  const before = usePanelBefore(panel, answer, environment);
  return (
    <div className={styles.stats}>
      {answer.measures.map((measure) => (
        <Stat
          key={measure.name}
          {...(answer.measures.length > 1 ? { label: measure.title } : {})}
          value={formatValue(answer.totals[measure.name], measure.unit)}
          exact={exactValue(answer.totals[measure.name], measure.unit)}
          change={changeOf(numberOf(before.data?.totals[measure.name]), numberOf(answer.totals[measure.name]))}
          better={betterOf(measure.name, measure.unit)}
          values={panel.by.length === 0 ? answer.groups[0]?.points.map((point) => numberOf(point.values[measure.name])) : undefined}
          onOpen={() => calls.open(queryOf(panel, []))}
        />
      ))}
    </div>
  );
}

const QUANTILES = [
  { share: 0.5, label: "p50", color: "--category-2" },
  { share: 0.95, label: "p95", color: "--category-5" },
] as const;

function Heat({ panel, answer }: { panel: Panel; answer: Answered }) {
  const calls = useCalls();
  const { markers, onMarker } = usePlace();
  const { heat, step_s } = answer;
  const columns = useMemo(() => heat?.columns.map((column) => ({ at_s: Date.parse(column.at) / 1000, counts: column.counts })) ?? [], [heat]);
  const range = useMemo(() => [answer.from.getTime() / 1000, answer.to.getTime() / 1000] as const, [answer]);
  const step = step_s ?? 60;
  if (!heat) return null;
  return (
    <div className={styles.course}>
      <div className={styles.plot}>
        <HeatMap
          label={panel.title}
          edges={heat.edges_ms}
          columns={columns}
          step_s={step}
          range={range}
          format={axisFormat("ms")}
          height="fill"
          quantiles={QUANTILES}
          onPick={(cell) => calls.open(cellQuery(panel, cell.low, cell.high), [cell.at_s, cell.at_s + step])}
          onZoom={calls.zoom}
          markers={markers}
          onMarker={onMarker}
        />
      </div>
      <div className={styles.legend}>
        <Legend series={[...QUANTILES, { label: "calls: the more, the stronger", color: "--category-1" }]} />
      </div>
    </div>
  );
}

/** The outline of a panel while its numbers are on their way, as high as they will be. */
export function PanelSkeleton({ panel }: { panel: Panel }) {
  return (
    <div className={panel.chart === "stat" ? styles.stats : styles.waiting} role="status" aria-label={`Loading ${panel.title}`}>
      {panel.chart === "stat" ? <Skeleton width={96} height={24} /> : <Skeleton height="100%" radius={6} />}
    </div>
  );
}

const OUTLINES = [6, 6, 6, 6, 12] as const;

/** The outline of a dashboard of which nothing is known yet. */
export function DashboardSkeleton() {
  return (
    <div className={styles.grid} role="status" aria-label="Loading dashboard">
      {OUTLINES.map((width, index) => (
        <div key={index} className={styles.panel} style={{ ["--span" as string]: width }}>
          <div className={styles.waiting}>
            <Skeleton height="100%" radius={6} />
          </div>
        </div>
      ))}
    </div>
  );
}
