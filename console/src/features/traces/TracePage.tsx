import { ChevronDown, ChevronUp, Download } from "lucide-react";
import { Link, useLocation, useNavigate, useParams } from "react-router";

import { useProject } from "@/api/session";
import { ErrorView } from "@/app/ErrorView";
import { carriedSearch, useView } from "@/app/scope";
import { useShortcuts } from "@/app/shortcuts";
import { Badge } from "@/design/Badge";
import { IconButton } from "@/design/Button";
import { Card } from "@/design/Card";
import { Code } from "@/design/Code";
import { CopyButton } from "@/design/CopyButton";
import { Notice } from "@/design/Notice";
import { Page } from "@/design/Page";
import { Skeleton } from "@/design/Skeleton";
import { paths } from "@/paths";

import { Facts } from "./Facts";
import { useSpan, useSummary, type TraceSummary } from "./inspect";
import { download } from "./download";
import { neighbours, readOrigin } from "./origin";
import { outcomeText } from "./outcome";
import type { Span } from "./queries";
import { SpanPanel } from "./SpanPanel";
import { StatusBadge } from "./Status";
import styles from "./TracePage.module.css";
import { Tree } from "./Tree";

const NO_NEIGHBOUR = "No other trace on this side of the list that you came from";

/** The list that this trace was opened from, and the traces before and after it there. */
function useOrigin(id: string) {
  const project = useProject();
  const location = useLocation();
  const navigate = useNavigate();
  const [view] = useView();
  const origin = readOrigin(location.state);
  const { previous, next } = neighbours(origin, id);
  const list = origin?.from ?? paths.traces(project.slug) + carriedSearch(view);
  // The tab stays open from trace to trace; the chosen span belongs to this one alone.
  const step = (to: string | null) => {
    const carried = Object.fromEntries(new URLSearchParams(carriedSearch(view)));
    if (to) void navigate(paths.trace(project.slug, to, { ...carried, tab: view.get("tab") }), { state: origin, replace: true });
  };
  return { list, previous, next, step, leave: () => void navigate(list, { state: { seen: id } }) };
}

/** Everything about one call: when, how long, what was said, what it cost and why. */
export function TracePage() {
  const { trace: id = "" } = useParams();
  const trace = useSummary(id);
  const { list, previous, next, step, leave } = useOrigin(id);
  useShortcuts({ escape: leave, j: () => step(next), k: () => step(previous) });
  const project = useProject();
  const row = trace.data?.trace;
  return (
    <Page
      title={row?.name ?? "Trace"}
      back={
        <Link to={list} state={{ seen: id }}>
          Traces
        </Link>
      }
      aside={
        row ? (
          <>
            <StatusBadge status={row.status} outcome={row.outcome} errorCode={row.error_code} />
            {row.is_sample ? <Badge>sample</Badge> : null}
          </>
        ) : null
      }
      actions={
        <>
          <span className={styles.id}>
            <code title={id}>{id.slice(0, 8)}…</code>
            <CopyButton text={id} label="Copy trace id" />
          </span>
          <IconButton label="Download this trace as JSON" variant="secondary" onClick={() => download(`/api/v1/projects/${project.id}/traces/${id}/export`, `trace-${id.slice(0, 8)}.json`)}>
            <Download />
          </IconButton>
          <IconButton label="Newer trace" shortcut="k" variant="secondary" disabledReason={previous ? null : NO_NEIGHBOUR} onClick={() => step(previous)}>
            <ChevronUp />
          </IconButton>
          <IconButton label="Older trace" shortcut="j" variant="secondary" disabledReason={next ? null : NO_NEIGHBOUR} onClick={() => step(next)}>
            <ChevronDown />
          </IconButton>
        </>
      }
    >
      {trace.error && !trace.data ? (
        <ErrorView error={trace.error} onRetry={() => void trace.refetch()} />
      ) : trace.data ? (
        <Detail summary={trace.data} />
      ) : (
        <DetailSkeleton />
      )}
    </Page>
  );
}

function Detail({ summary }: { summary: TraceSummary }) {
  const [view, change] = useView();
  const { trace } = summary;
  const selected = view.get("span") ?? trace.span_id;
  const span = useSpan(trace.trace_id, selected);
  const choose = (id: string) => change({ span: id === trace.span_id ? null : id });
  const root = useSpan(trace.trace_id, trace.span_id).data?.span;
  return (
    <div className={styles.stack}>
      <Facts trace={trace} cached={root?.usage.cache_read ?? 0} onExplainCost={() => change({ tab: "cost", span: null })} />
      {trace.status === "error" ? (
        <Notice tone="bad">
          <strong>{outcomeText(trace.outcome)}</strong>
          {root?.status_message ? `: ${root.status_message}` : ". No message came with it."}
        </Notice>
      ) : null}
      {summary.is_truncated ? <Notice tone="warn">This trace has more spans than a tree may have; the latest are not shown.</Notice> : null}
      <div className={styles.columns}>
        <div className={styles.left}>
          <Tree key={trace.trace_id} summary={summary} selected={selected} onSelect={choose} />
          {span.data ? <Settings span={span.data.span} /> : null}
        </div>
        {span.data ? (
          <SpanPanel summary={summary} detail={span.data} onSelect={choose} />
        ) : span.error ? (
          <ErrorView error={span.error} onRetry={() => void span.refetch()} />
        ) : (
          <Skeleton height={460} radius={10} />
        )}
      </div>
    </div>
  );
}

/** What the call was made with: the values that its prompt was rendered from, and what was sent beside the messages. */
function Settings({ span }: { span: Span }) {
  const all = [
    ["Variables", span.variables],
    ["Parameters", span.parameters],
  ] as const;
  return all
    .filter(([, values]) => Object.keys(values).length > 0)
    .map(([title, values]) => (
      <Card key={title} title={title} plain>
        <Code code={JSON.stringify(values, null, 2)} language="json" wrap maxHeight={300} copyLabel={`Copy ${title.toLowerCase()}`} />
      </Card>
    ));
}

function DetailSkeleton() {
  return (
    <div className={styles.stack} role="status" aria-label="Loading trace">
      <Skeleton height={118} radius={10} />
      <div className={styles.columns}>
        <Skeleton height={180} radius={10} />
        <Skeleton height={460} radius={10} />
      </div>
    </div>
  );
}
