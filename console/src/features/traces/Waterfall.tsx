import { ArrowUpRight, Server } from "lucide-react";
import type { CSSProperties } from "react";

import { classes } from "@/design/classes";
import { formatDuration } from "@/design/format";

import type { Span } from "./queries";
import { StatusIcon } from "./Status";
import { layOut, ticks, type Bar } from "./waterfall";
import styles from "./Waterfall.module.css";

interface WaterfallProps {
  spans: readonly Span[];
  selected: string;
  onSelect: (span: Span) => void;
}

/** The spans of a trace along one time line. A mark shows the first token: waiting before it, writing after it. */
export function Waterfall({ spans, selected, onSelect }: WaterfallProps) {
  const { bars, totalMs } = layOut(spans);
  const marks = ticks(totalMs);
  return (
    <div className={styles.waterfall}>
      <div className={styles.axis} aria-hidden>
        <span>Span</span>
        <div className={styles.scale}>
          {marks.map((at) => (
            <span key={at} className={styles.mark} style={{ left: `${(at / totalMs) * 100}%` }}>
              {at === 0 ? "0" : formatDuration(at)}
            </span>
          ))}
        </div>
      </div>
      <ul className={styles.rows} aria-label="Spans">
        {bars.map((bar) => (
          <Row key={bar.span.span_id} bar={bar} marks={marks} totalMs={totalMs} selected={bar.span.span_id === selected} onSelect={onSelect} />
        ))}
      </ul>
    </div>
  );
}

interface RowProps {
  bar: Bar<Span>;
  marks: readonly number[];
  totalMs: number;
  selected: boolean;
  onSelect: (span: Span) => void;
}

function Row({ bar, marks, totalMs, selected, onSelect }: RowProps) {
  const { span } = bar;
  const isRequest = span.kind === "server";
  const first = bar.firstToken === null || span.ttft_ms === null ? "" : `, first token after ${formatDuration(span.ttft_ms)}`;
  const Kind = isRequest ? Server : ArrowUpRight;
  return (
    <li>
      <button
        type="button"
        className={classes(styles.row, selected && styles.selected)}
        aria-pressed={selected}
        aria-label={`${span.name}, ${span.status}, ${formatDuration(span.duration_ms)}${first}`}
        onClick={() => onSelect(span)}
      >
        <span className={styles.name} style={{ "--depth": bar.depth } as CSSProperties}>
          <Kind aria-hidden className={styles.kind} />
          <span className={styles.text}>{isRequest ? span.name : `${span.provider} · ${span.model}`}</span>
          {span.status === "error" ? <StatusIcon status={span.status} outcome={span.outcome} errorCode={span.error_code} /> : null}
        </span>
        <span className={styles.lane}>
          {marks.map((at) => (
            <span key={at} className={styles.line} style={{ left: `${(at / totalMs) * 100}%` }} />
          ))}
          <span
            className={classes(styles.bar, isRequest ? styles.request : styles.attempt, span.status === "error" && styles.failed)}
            style={{ left: `${bar.left * 100}%`, width: `${bar.width * 100}%` }}
          >
            {bar.firstToken === null ? null : (
              <>
                <span className={styles.waiting} style={{ width: `${bar.firstToken * 100}%` }} />
                <span className={styles.first} style={{ left: `${bar.firstToken * 100}%` }} />
              </>
            )}
          </span>
        </span>
        <span className={styles.length}>{formatDuration(span.duration_ms)}</span>
      </button>
    </li>
  );
}
