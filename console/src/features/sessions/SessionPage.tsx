import { MessagesSquare } from "lucide-react";
import { Link, useParams } from "react-router";

import { useProject } from "@/api/session";
import { ErrorView } from "@/app/ErrorView";
import { LongerRange } from "@/app/LongerRange";
import { RangePicker } from "@/app/ScopeBar";
import { carriedSearch, useScope, useView } from "@/app/scope";
import { Button } from "@/design/Button";
import { EmptyState } from "@/design/EmptyState";
import { Count, Money, Tokens } from "@/design/Figures";
import { formatCount, formatDateTime, formatDuration, formatMoney } from "@/design/format";
import { Page } from "@/design/Page";
import { SkeletonRows } from "@/design/Skeleton";
import { WhySum } from "@/features/costs/WhySum";
import { Conversation } from "@/features/traces/Conversation";
import { StatusIcon } from "@/features/traces/Status";
import { paths } from "@/paths";

import { useSession, useTurns, type SessionRow, type Turn } from "./queries";
import styles from "./SessionPage.module.css";

/** A session as the conversation that it was, turn by turn. */
export function SessionPage() {
  const { session = "" } = useParams();
  const project = useProject();
  const { range, setRange } = useScope();
  const [view] = useView();
  const turns = useTurns(range, session);
  const whole = useSession(range, session);
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
        <>
          {whole ? <Totals session={whole} /> : null}
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
        </>
      )}
    </Page>
  );
}

/** Who it was with, and what all of it took in the range. */
function Totals({ session }: { session: SessionRow }) {
  const project = useProject();
  const { range } = useScope();
  return (
    <dl className={styles.totals} aria-label="The whole session">
      {session.user_id ? (
        <div>
          <dt>User</dt>
          <dd>
            <Link className={styles.link} to={paths.traces(project.slug, { filter: `user = ${JSON.stringify(session.user_id)}` })}>
              {session.user_id}
            </Link>
          </dd>
        </div>
      ) : null}
      <div>
        <dt>Traces</dt>
        <dd>
          <Count value={session.traces} />
        </dd>
      </div>
      <div>
        <dt>Calls</dt>
        <dd>
          <Count value={session.requests} />
        </dd>
      </div>
      <div>
        <dt>Errors</dt>
        <dd>
          <Count value={session.errors} />
        </dd>
      </div>
      <div>
        <dt>Tokens</dt>
        <dd>
          <Tokens count={session.input_tokens + session.output_tokens} />
        </dd>
      </div>
      <div>
        <dt>Cost</dt>
        <dd>
          <WhySum title="Cost of the session" range={range} of="traces" by={["session"]} values={[session.session_id]}>
            <Money usd={session.cost_usd} />
          </WhySum>
          {session.unpriced_requests > 0 ? ` and ${formatCount(session.unpriced_requests)} unpriced` : ""}
        </dd>
      </div>
    </dl>
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
