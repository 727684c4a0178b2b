import { MessageSquare, PencilLine } from "lucide-react";
import { Link } from "react-router";

import { Badge } from "@/design/Badge";
import { Duration, Money } from "@/design/Figures";
import { formatCompact, formatCount, formatDateTime, formatModel } from "@/design/format";
import type { Column } from "@/design/Table";
import { around } from "@/features/costs/sum";
import { WhySum } from "@/features/costs/WhySum";

import { NOT_BILLED } from "./price";
import type { TraceRow } from "./queries";
import { StatusIcon } from "./Status";
import styles from "./TracesPage.module.css";

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

function When({ at }: { at: string }) {
  const moment = new Date(at);
  const today = moment.toDateString() === new Date().toDateString();
  return (
    <time dateTime={at} title={formatDateTime(moment)} className={styles.when}>
      {today ? null : <span className={styles.day}>{day.format(moment)}</span>}
      {clock.format(moment)}
    </time>
  );
}

function RowCost({ row }: { row: TraceRow }) {
  const figure = <Money usd={row.cost_usd} isBilled={row.cost_source !== NOT_BILLED} />;
  if (row.cost_usd === null && row.cost_source === NOT_BILLED) return figure;
  return (
    <WhySum title={`Cost of ${row.name}`} range={around(row.started_at)} of="traces" by={["span.id"]} values={[row.span_id]}>
      {figure}
    </WhySum>
  );
}

const MOST_TAGS = 1;

/** What people say about a trace: the first tags, whether it was corrected, how many comments. */
function Said({ row }: { row: TraceRow }) {
  const rest = row.tags.length - MOST_TAGS;
  if (row.tags.length === 0 && !row.is_corrected && row.comment_count === 0) return <span className={styles.none}>–</span>;
  return (
    <span className={styles.said}>
      {row.tags.slice(0, MOST_TAGS).map((tag) => (
        <Badge key={tag} tone="accent" title={row.tags.join(", ")}>
          {tag}
        </Badge>
      ))}
      {rest > 0 ? <Badge title={row.tags.join(", ")}>+{rest}</Badge> : null}
      {row.is_corrected ? (
        <span title="Somebody wrote what it should have said">
          <PencilLine aria-label="corrected" />
        </span>
      ) : null}
      {row.comment_count > 0 ? (
        <span title={`${formatCount(row.comment_count)} ${row.comment_count === 1 ? "comment" : "comments"}`}>
          <MessageSquare aria-label="comments" /> {row.comment_count}
        </span>
      ) : null}
    </span>
  );
}

function scoreText(score: TraceRow["scores"][number]): string {
  return score.label || (score.value === null ? "–" : String(Number(score.value.toFixed(2))));
}

/** The first score of a trace, and how many more there are. */
function Scores({ row }: { row: TraceRow }) {
  const [first, ...rest] = row.scores;
  if (!first) return <span className={styles.none}>–</span>;
  return (
    <span className={styles.text} title={row.scores.map((score) => `${score.name}: ${scoreText(score)}`).join("\n")}>
      {scoreText(first)} <span className={styles.none}>{first.name}</span>
      {rest.length > 0 ? <span className={styles.none}> +{rest.length}</span> : null}
    </span>
  );
}

interface TraceColumns {
  /** The address of a trace, for a link that can be opened elsewhere too. */
  pathOf: (row: TraceRow) => string;
  /** Opens a trace here. */
  open: (row: TraceRow) => void;
  /** The length of a full bar, in milliseconds. */
  slowest: number;
  /** Whether any of the calls has a score. */
  scored: boolean;
  /** Whether anything is said about any of the calls. */
  said: boolean;
}

/** The columns of the list. */
export function traceColumns({ pathOf, open, slowest, scored, said }: TraceColumns): Column<TraceRow>[] {
  // What people and scorers say takes the room of what is found on the page of a trace as well.
  const left = new Set(said || scored ? ["feature", "ttft"] : []);
  const columns: Column<TraceRow>[] = [
    {
      key: "status",
      header: <span className="visually-hidden">Status</span>,
      width: "16px",
      cell: (row) => <StatusIcon status={row.status} outcome={row.outcome} errorCode={row.error_code} />,
    },
    { key: "at", header: "Started", width: "minmax(64px, max-content)", cell: (row) => <When at={row.started_at} /> },
    {
      key: "input",
      header: "Input",
      width: "minmax(150px, 1.4fr)",
      cell: (row) => (
        <Link
          className={styles.input}
          to={pathOf(row)}
          onClick={(event) => {
            event.stopPropagation();
            if (event.ctrlKey || event.metaKey || event.shiftKey) return;
            event.preventDefault();
            open(row);
          }}
        >
          {row.is_sample ? <Badge>sample</Badge> : null}
          <span className={styles.text}>{row.input_preview || row.name}</span>
          {row.error_code ? <code className={styles.code}>{row.error_code}</code> : null}
        </Link>
      ),
    },
    {
      key: "output",
      header: "Output",
      width: "minmax(130px, 1.2fr)",
      hideBelow: 1500,
      cell: (row) =>
        row.output_preview ? <span className={styles.output}>{row.output_preview}</span> : <span className={styles.none}>–</span>,
    },
    {
      key: "prompt",
      header: "Prompt",
      width: "minmax(110px, 152px)",
      hideBelow: 1100,
      cell: (row) =>
        row.prompt ? (
          <span className={styles.prompt}>
            <span className={styles.text}>{row.prompt.name}</span>
            <Badge mono>v{row.prompt.version}</Badge>
          </span>
        ) : (
          <span className={styles.none}>–</span>
        ),
    },
    {
      key: "model",
      header: "Model",
      width: "minmax(120px, 170px)",
      cell: (row) =>
        row.model ? (
          <span className={styles.model} title={formatModel(row.provider, row.model)}>
            {row.provider ? <span className={styles.provider}>{row.provider}</span> : null}
            {row.model}
          </span>
        ) : (
          <span className={styles.none}>–</span>
        ),
    },
    {
      key: "feature",
      header: "Feature",
      width: "minmax(70px, 110px)",
      hideBelow: 1400,
      cell: (row) => (row.feature ? <span className={styles.model}>{row.feature}</span> : <span className={styles.none}>–</span>),
    },
    ...(said ? [{ key: "said", header: "Remarks", width: "minmax(145px, 180px)", cell: (row: TraceRow) => <Said row={row} /> }] : []),
    ...(scored ? [{ key: "scores", header: "Scores", width: "minmax(90px, 140px)", hideBelow: 1280 as const, cell: (row: TraceRow) => <Scores row={row} /> }] : []),
    {
      key: "duration",
      header: "Duration",
      width: "102px",
      align: "end",
      cell: (row) => (
        <span className={styles.duration}>
          <span className={styles.track} aria-hidden>
            <span style={{ width: `${Math.min(100, (row.duration_ms / slowest) * 100)}%` }} />
          </span>
          <Duration ms={row.duration_ms} />
        </span>
      ),
    },
    { key: "ttft", header: "First token", width: "78px", align: "end", hideBelow: 1500, cell: (row) => <Duration ms={row.ttft_ms} /> },
    {
      key: "tokens",
      header: "Tokens",
      width: "92px",
      align: "end",
      hideBelow: 900,
      cell: (row) => (
        <span title={`${formatCount(row.input_tokens)} in, ${formatCount(row.output_tokens)} out`}>
          {formatCompact(row.input_tokens)} <span className={styles.none}>→</span> {formatCompact(row.output_tokens)}
        </span>
      ),
    },
    { key: "cost", header: "Cost", width: "80px", align: "end", cell: (row) => <RowCost row={row} /> },
  ];
  return columns.filter((column) => !left.has(column.key));
}
