import { TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";

import { useScope } from "@/app/scope";
import { Money } from "@/design/Figures";
import { changeOf, formatCompact, formatCount, formatDuration, formatPercent } from "@/design/format";
import { Skeleton } from "@/design/Skeleton";
import { Sparkline } from "@/design/Sparkline";
import { Change } from "@/design/Stat";
import { Tooltip } from "@/design/Tooltip";
import { WhySum } from "@/features/costs/WhySum";

import type { Overview } from "./queries";
import styles from "./Tiles.module.css";

interface TileProps {
  label: string;
  value: ReactNode;
  /** The change since the range before, as a share; null when there was nothing. */
  change: number | null;
  /** Whether more is better, worse, or neither. */
  better: "more" | "less" | "neither";
  note?: ReactNode;
  values: readonly (number | null)[];
  color: `--${string}`;
}

function Tile({ label, value, change, better, note, values, color }: TileProps) {
  return (
    <section className={styles.tile} aria-label={label}>
      <div className={styles.top}>
        <h2 className={styles.label}>{label}</h2>
        <Change change={change} better={better} />
      </div>
      <p className={styles.value}>{value}</p>
      <p className={styles.note}>{note ?? "\u00a0"}</p>
      <Sparkline values={values} color={color} />
    </section>
  );
}

/** The six numbers that say how things are. */
export function Tiles({ overview }: { overview: Overview }) {
  const { range, environment } = useScope();
  const { totals, previous, series } = overview;
  const tokens = totals.input_tokens + totals.output_tokens;
  const optional = (ms: number | null): string => (ms === null ? "–" : formatDuration(ms));
  return (
    <div className={styles.tiles}>
      <Tile
        label="Requests"
        value={formatCompact(totals.requests)}
        change={changeOf(previous.requests, totals.requests)}
        better="neither"
        note={`${formatCount(totals.errors)} failed`}
        values={series.map((point) => point.requests)}
        color="--series-1"
      />
      <Tile
        label="Error rate"
        value={formatPercent(totals.error_rate)}
        change={changeOf(previous.error_rate, totals.error_rate)}
        better="less"
        note={`was ${formatPercent(previous.error_rate)}`}
        values={series.map((point) => (point.requests === 0 ? 0 : point.errors / point.requests))}
        color="--series-5"
      />
      <Tile
        label="Latency p50"
        value={optional(totals.p50_ms)}
        change={changeOf(previous.p50_ms, totals.p50_ms)}
        better="less"
        note={`p95 ${optional(totals.p95_ms)}`}
        values={series.map((point) => point.p50_ms)}
        color="--series-1"
      />
      <Tile
        label="First token p50"
        value={optional(totals.ttft_p50_ms)}
        change={changeOf(previous.ttft_p50_ms, totals.ttft_p50_ms)}
        better="less"
        note={totals.ttft_p50_ms === null ? "no streamed calls" : `p95 ${optional(totals.ttft_p95_ms)}`}
        values={series.map((point) => point.ttft_p50_ms)}
        color="--series-1"
      />
      <Tile
        label="Tokens"
        value={formatCompact(tokens)}
        change={changeOf(previous.input_tokens + previous.output_tokens, tokens)}
        better="neither"
        note={`${formatCompact(totals.input_tokens)} in, ${formatCompact(totals.output_tokens)} out`}
        values={series.map((point) => point.tokens)}
        color="--series-1"
      />
      <Tile
        label="Spend"
        value={
          <WhySum title="Spend" range={range} environment={environment} of="calls">
            <Money usd={totals.cost_usd} />
          </WhySum>
        }
        change={changeOf(previous.cost_usd === null ? null : Number(previous.cost_usd), totals.cost_usd === null ? null : Number(totals.cost_usd))}
        better="less"
        note={<Unpriced count={totals.unpriced_requests} />}
        values={series.map((point) => (point.cost_usd === null ? null : Number(point.cost_usd)))}
        color="--series-4"
      />
    </div>
  );
}

/** Says how many calls a sum of money leaves out. */
export function Unpriced({ count }: { count: number }) {
  if (count === 0) return <>every call is priced</>;
  return (
    <Tooltip content="Their model has no known price, so they are not in the sum. They are not free.">
      <span className={styles.unpriced} tabIndex={0}>
        <TriangleAlert aria-hidden />
        {formatCompact(count)} unpriced
      </span>
    </Tooltip>
  );
}

/** The outline of the overview while its numbers are on their way. */
export function TilesSkeleton() {
  return (
    <div role="status" aria-label="Loading overview">
      <div className={styles.tiles}>
        {Array.from({ length: 6 }, (_, index) => (
          <div key={index} className={styles.tile}>
            <Skeleton width={76} height={12} />
            <div className={styles.gap} />
            <Skeleton width={96} height={24} />
            <div className={styles.gap} />
            <Skeleton width="100%" height={30} />
          </div>
        ))}
      </div>
      <div className={styles.skeletonCharts}>
        {Array.from({ length: 4 }, (_, index) => (
          <Skeleton key={index} height={230} radius={10} />
        ))}
      </div>
    </div>
  );
}
