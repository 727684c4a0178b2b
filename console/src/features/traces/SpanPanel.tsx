import { ChevronRight } from "lucide-react";
import { useMemo } from "react";

import { useView } from "@/app/scope";
import { Card } from "@/design/Card";
import { Code } from "@/design/Code";
import { DateTime } from "@/design/Figures";
import { formatDuration, formatModel } from "@/design/format";
import { Skeleton } from "@/design/Skeleton";
import { TabPanel, Tabs, type Tab } from "@/design/Tabs";

import { useAnnotations, useScores } from "./annotate";
import { Attempts } from "./Attempts";
import { Conversation } from "./Conversation";
import { Cost } from "./Cost";
import { useSpan, type SpanDetail, type TraceSummary } from "./inspect";
import { BUCKET_NAMES } from "./price";
import type { Span } from "./queries";
import { Remarks } from "./Remarks";
import styles from "./SpanPanel.module.css";

type TabName = "messages" | "attempts" | "cost" | "remarks" | "details" | "raw";

interface SpanPanelProps {
  summary: TraceSummary;
  detail: SpanDetail;
  onSelect: (span: string) => void;
}

/** What is known of the chosen span: what was said, what it cost, what people say about it, and all of it as JSON. */
export function SpanPanel({ summary, detail, onSelect }: SpanPanelProps) {
  const [view, change] = useView();
  const { span, ancestors, attempts } = detail;
  const trace = summary.trace.trace_id;
  const isRoot = span.span_id === summary.trace.span_id;
  const messages = span.input_messages.length + span.output_messages.length;
  const remarks = useRemarkCount(trace, isRoot ? "" : span.span_id);
  const tabs: Tab<TabName>[] = [
    { value: "messages", label: "Messages", ...(messages > 0 ? { count: messages } : {}) },
    ...(attempts.length > 1 ? [{ value: "attempts" as const, label: "Attempts", count: attempts.length }] : []),
    { value: "cost", label: "Cost" },
    { value: "remarks", label: "Remarks", ...(remarks > 0 ? { count: remarks } : {}) },
    { value: "details", label: "Details" },
    { value: "raw", label: "Raw" },
  ];
  const tab = tabs.find(({ value }) => value === view.get("tab"))?.value ?? "messages";
  return (
    <Card className={styles.panel}>
      {ancestors.length > 0 ? (
        <nav className={styles.path} aria-label="Spans above">
          {ancestors.slice(-4).map((above) => (
            <span key={above.span_id}>
              <button type="button" onClick={() => onSelect(above.span_id)}>
                {above.name}
              </button>
              <ChevronRight aria-hidden />
            </span>
          ))}
          <strong>{span.name}</strong>
        </nav>
      ) : null}
      <Tabs label="Span" value={tab} onChange={(next) => change({ tab: next === "messages" ? null : next })} tabs={tabs} end={<span className={styles.which}>{which(span, isRoot)}</span>}>
        <TabPanel value="messages" className={styles.content}>
          {span.status === "error" && span.status_message ? <p className={styles.failure}>{span.status_message}</p> : null}
          <Said trace={trace} detail={detail} onSelect={onSelect} />
        </TabPanel>
        {attempts.length > 1 ? (
          <TabPanel value="attempts" className={styles.content}>
            <Attempts trace={trace} attempts={attempts} onSelect={onSelect} />
          </TabPanel>
        ) : null}
        <TabPanel value="cost" className={styles.content}>
          <Cost trace={trace} span={isRoot ? null : span.span_id} />
        </TabPanel>
        <TabPanel value="remarks" className={styles.content}>
          <RemarksOf trace={trace} detail={detail} isRoot={isRoot} />
        </TabPanel>
        <TabPanel value="details" className={styles.content}>
          <Details span={span} />
        </TabPanel>
        <TabPanel value="raw" className={styles.content}>
          <Raw detail={detail} />
        </TabPanel>
      </Tabs>
    </Card>
  );
}

/** What was said in the span; in one that says nothing itself, what was said last beneath it. */
function Said({ trace, detail, onSelect }: { trace: string; detail: SpanDetail; onSelect: (span: string) => void }) {
  const { span, speaker } = detail;
  const spoken = useSpan(trace, speaker);
  if (speaker === null) return <Conversation input={span.input_messages} output={span.output_messages} nothing="This span carries no messages." />;
  if (spoken.data?.span.span_id !== speaker) return <Skeleton height={160} radius={8} />;
  const { span: last } = spoken.data;
  return (
    <>
      <p className={styles.speaker}>
        Said in the last model call beneath it,{" "}
        <button type="button" onClick={() => onSelect(speaker)}>
          {last.name}
        </button>
      </p>
      <Conversation input={last.input_messages} output={last.output_messages} />
    </>
  );
}

/** What is said about the span, and what came out of it, or of the last model call beneath it, to be corrected. */
function RemarksOf({ trace, detail, isRoot }: { trace: string; detail: SpanDetail; isRoot: boolean }) {
  const { span, speaker } = detail;
  const spoken = useSpan(trace, speaker).data?.span;
  const output = (speaker === null ? span : spoken?.span_id === speaker ? spoken : undefined)?.output_messages ?? [];
  return <Remarks trace={trace} span={isRoot ? "" : span.span_id} spanName={span.name} output={output.map((message) => message.content).join("\n\n")} />;
}

const which = (span: Span, isRoot: boolean): string =>
  isRoot && span.kind === "server" ? "whole request" : span.model ? formatModel(span.provider, span.model) : isRoot ? "whole trace" : span.name;

/** How much is said about the span; about everything in the trace, for the trace itself. */
function useRemarkCount(trace: string, span: string): number {
  const said = useAnnotations(trace).data ?? [];
  const scores = useScores(trace).data ?? [];
  return [...said.filter((each) => each.kind !== "tag"), ...scores].filter((each) => span === "" || each.span_id === span).length;
}

function Raw({ detail }: { detail: SpanDetail }) {
  const json = useMemo(() => JSON.stringify(detail, null, 2), [detail]);
  return <Code title="The span as the API gives it" code={json} language="json" copyLabel="Copy the span as JSON" />;
}

function Details({ span }: { span: Span }) {
  const usage = Object.entries(span.usage).filter(([, tokens]) => tokens > 0);
  return (
    <div className={styles.details}>
      <Facts
        title="Span"
        rows={[
          ["span id", span.span_id],
          ["parent span id", span.parent_span_id],
          ["kind", span.kind],
          ["operation", span.operation],
          ["response model", span.response_model],
          ["error", span.error_code],
          ["message", span.status_message],
        ]}
      />
      {usage.length > 0 ? <Facts title="Tokens" rows={usage.map(([bucket, tokens]) => [BUCKET_NAMES[bucket] ?? bucket, tokens.toLocaleString("en-US")])} /> : null}
      {span.events.length > 0 ? (
        <section>
          <h3 className={styles.title}>Events</h3>
          <ul className={styles.events}>
            {span.events.map((event, index) => (
              <li key={index}>
                <p className={styles.event}>
                  <code>{event.name}</code>
                  <span>
                    <DateTime at={event.at} />, {formatDuration(Date.parse(event.at) - Date.parse(span.started_at))} in
                  </span>
                </p>
                <Facts rows={Object.entries(event.attributes)} />
              </li>
            ))}
          </ul>
        </section>
      ) : null}
      <Facts title="Attributes" rows={Object.entries(span.attributes)} />
    </div>
  );
}

function Facts({ title, rows }: { title?: string; rows: readonly (readonly [string, string])[] }) {
  const shown = rows.filter(([, value]) => value !== "");
  if (shown.length === 0) return null;
  return (
    <section>
      {title ? <h3 className={styles.title}>{title}</h3> : null}
      <dl className={styles.facts}>
        {shown.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
