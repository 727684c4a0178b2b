import { MessagesSquare } from "lucide-react";
import { Link, useParams } from "react-router";

import { useProject } from "@/api/session";
import { ErrorView } from "@/app/ErrorView";
import { LongerRange } from "@/app/LongerRange";
import { RangePicker } from "@/app/ScopeBar";
import { carriedSearch, useScope, useView } from "@/app/scope";
import { Button } from "@/design/Button";
import { EmptyState } from "@/design/EmptyState";
import { formatDateTime, formatDuration, formatMoney } from "@/design/format";
import { Page } from "@/design/Page";
import { SkeletonRows } from "@/design/Skeleton";
import { Conversation } from "@/features/traces/Conversation";
import { StatusIcon } from "@/features/traces/Status";
import { paths } from "@/paths";

import { useTurns, type Turn } from "./queries";
import styles from "./SessionPage.module.css";

/** A session as the conversation that it was, turn by turn. */
export function SessionPage() {
  const { session = "" } = useParams();
  const project = useProject();
  const { range, setRange } = useScope();
  const [view] = useView();
  const turns = useTurns(range, session);
  const rows = turns.data?.pages.flatMap((page) => page.items) ?? [];
  const back = paths.sessions(project.slug) + carriedSearch(view);
  return (
    <Page title={session} back={<Link to={back}>Sessions</Link>} actions={<RangePicker />}>
      {turns.error && !turns.data ? (
        <ErrorView error={turns.error} onRetry={() => void turns.refetch()} />
      ) : !turns.data ? (
        <SkeletonRows rows={8} />
      ) : rows.length === 0 ? (
        <EmptyState icon={<MessagesSquare />} title="Nothing was said in this range" action={<LongerRange range={range} onChange={setRange} />}>
          <p>The session has no call here. Look at a longer range.</p>
        </EmptyState>
      ) : (
        <ol className={styles.turns}>
          {rows.map((turn) => (
            <li key={turn.trace.span_id}>
              <TurnHead turn={turn} path={paths.trace(project.slug, turn.trace.trace_id, { span: turn.trace.span_id })} />
              <Conversation input={turn.input_messages} output={turn.output_messages} />
            </li>
          ))}
          {turns.hasNextPage ? (
            <li>
              <Button onClick={() => void turns.fetchNextPage()}>Show more</Button>
            </li>
          ) : null}
        </ol>
      )}
    </Page>
  );
}

function TurnHead({ turn: { trace }, path }: { turn: Turn; path: string }) {
  return (
    <div className={styles.head}>
      <StatusIcon status={trace.status} outcome={trace.outcome} errorCode={trace.error_code} />
      <Link className={styles.link} to={path}>
        {formatDateTime(new Date(trace.started_at))}
      </Link>
      <span>{trace.model}</span>
      <span>{formatDuration(trace.duration_ms)}</span>
      <span>{trace.cost_usd === null ? "no known price" : formatMoney(trace.cost_usd)}</span>
    </div>
  );
}
