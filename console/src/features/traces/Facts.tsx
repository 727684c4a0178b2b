import type { ReactNode } from "react";
import { Link } from "react-router";

import { useProject } from "@/api/session";
import { Badge } from "@/design/Badge";
import { Count, DateTime, Duration, Money, RelativeTime } from "@/design/Figures";
import { formatCompact, formatCount, formatModel } from "@/design/format";
import { formatSpan } from "./moment";
import { paths } from "@/paths";

import styles from "./Facts.module.css";
import { NOT_BILLED } from "./price";
import { usePromptId, useRelease, type TraceRow } from "./queries";
import { Tags } from "./Remarks";

function Fact({ label, children, note }: { label: string; children: ReactNode; note?: ReactNode }) {
  return (
    <div className={styles.fact}>
      <dt>{label}</dt>
      <dd className={styles.value}>{children}</dd>
      {note ? <dd className={styles.note}>{note}</dd> : null}
    </div>
  );
}

interface FactsProps {
  trace: TraceRow;
  /** How many of the input tokens came from the provider's cache. */
  cached: number;
  onExplainCost: () => void;
}

/** The facts of a call at a glance, each leading to the calls that share it. */
export function Facts({ trace, cached, onExplainCost }: FactsProps) {
  const project = useProject();
  const promptId = usePromptId(trace.prompt?.name);
  const release = useRelease(promptId, trace.environment, trace.prompt?.release_id);
  const { prompt } = trace;
  const cuts = (
    [
      ["Environment", "environment", trace.environment],
      ["Feature", "feature", trace.feature],
      ["User", "user", trace.user_id],
      ["Session", "session", trace.session_id],
    ] as const
  ).filter(([, , value]) => value !== "");
  return (
    <div className={styles.facts}>
      <dl className={styles.figures}>
        <Fact label="Duration" note={trace.stream ? "streamed" : "in one piece"}>
          <Duration ms={trace.duration_ms} />
        </Fact>
        <Fact label="Time to first token" note={trace.ttft_ms === null ? "not streamed" : undefined}>
          <Duration ms={trace.ttft_ms} />
        </Fact>
        <Fact label="Tokens in" note={cached > 0 ? `${formatCount(cached)} read from cache` : undefined}>
          <Count value={trace.input_tokens} />
        </Fact>
        <Fact label="Tokens out" note={speed(trace)}>
          <Count value={trace.output_tokens} />
        </Fact>
        <Fact
          label="Cost"
          note={
            <button type="button" onClick={onExplainCost}>
              why this number
            </button>
          }
        >
          <Money usd={trace.cost_usd} isBilled={trace.cost_source !== NOT_BILLED} />
        </Fact>
        <Fact label="Started" note={<DateTime at={trace.started_at} />}>
          <RelativeTime at={trace.started_at} />
        </Fact>
      </dl>
      <dl className={styles.cuts}>
        <div>
          <dt>Model</dt>
          <dd>
            {trace.model ? (
              <Link to={paths.traces(project.slug, { model: formatModel(trace.provider, trace.model) })}>
                {formatModel(trace.provider, trace.model)}
              </Link>
            ) : (
              "none was asked"
            )}
          </dd>
        </div>
        {prompt ? (
          <>
            <div>
              <dt>Prompt</dt>
              <dd>
                <Link to={promptId ? paths.prompt(project.slug, promptId, { version: prompt.version }) : paths.prompts(project.slug, { q: prompt.name })}>
                  {prompt.name}
                </Link>
                <Badge mono>v{prompt.version}</Badge>
              </dd>
            </div>
            {prompt.release_id ? (
              <div>
                <dt>Release</dt>
                <dd>
                  <Link to={paths.releases(project.slug, { prompt_id: promptId, environment: trace.environment })}>
                    <code>{prompt.release_id.slice(0, 12)}</code>
                  </Link>
                  {prompt.arm === "main" ? null : <Badge tone="violet">arm {prompt.arm}</Badge>}
                  {release ? <span className={styles.marker}>{releasedBefore(release.created_at, trace.started_at)}</span> : null}
                </dd>
              </div>
            ) : null}
          </>
        ) : null}
        {cuts.map(([label, name, value]) => (
          <div key={name}>
            <dt>{label}</dt>
            <dd>
              <Link to={paths.traces(project.slug, { [name]: value })}>{value}</Link>
            </dd>
          </div>
        ))}
        {trace.team ? (
          <div>
            <dt>Team</dt>
            <dd>{trace.team}</dd>
          </div>
        ) : null}
        <div>
          <dt>Tags</dt>
          <dd>
            <Tags trace={trace.trace_id} />
          </dd>
        </div>
      </dl>
    </div>
  );
}

/** How long before a call its release went live. */
function releasedBefore(released: string, called: string): string {
  const ms = Date.parse(called) - Date.parse(released);
  return ms < 0 ? "released while it ran" : `released ${formatSpan(ms)} before this call`;
}

/** Tokens a second while the model was writing. */
function speed(trace: TraceRow): string | undefined {
  const writing = trace.duration_ms - (trace.ttft_ms ?? 0);
  if (trace.output_tokens < 2 || writing <= 0) return undefined;
  const rate = trace.output_tokens / (writing / 1000);
  return `${formatCompact(rate < 10 ? rate : Math.round(rate))} a second`;
}
