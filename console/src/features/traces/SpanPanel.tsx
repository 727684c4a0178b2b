import { useMemo } from "react";

import { useView } from "@/app/scope";
import { Card } from "@/design/Card";
import { Code } from "@/design/Code";
import { DateTime } from "@/design/Figures";
import { formatDuration } from "@/design/format";
import { TabPanel, Tabs } from "@/design/Tabs";

import { Conversation } from "./Conversation";
import { Cost } from "./Cost";
import type { Span, TraceDetail } from "./queries";
import styles from "./SpanPanel.module.css";
import { BUCKET_NAMES } from "./price";

const TABS = ["messages", "cost", "details", "raw"] as const;
type TabName = (typeof TABS)[number];

interface SpanPanelProps {
  detail: TraceDetail;
  span: Span;
  /** The span of the request itself, which keeps the messages. */
  root: Span;
}

/** What is known of the chosen span: what was said, what it cost, its attributes, and all of it as JSON. */
export function SpanPanel({ detail, span, root }: SpanPanelProps) {
  const [view, change] = useView();
  const tab: TabName = TABS.find((name) => name === view.get("tab")) ?? "messages";
  const holder = span.input_messages.length + span.output_messages.length > 0 ? span : root;
  const messages = holder.input_messages.length + holder.output_messages.length;
  const isRequest = span === root;
  const ledger = isRequest ? detail.ledger : detail.ledger.filter((row) => row.span_id === span.span_id);
  return (
    <Card className={styles.panel}>
      <Tabs
        label="Span"
        value={tab}
        onChange={(next) => change({ tab: next === "messages" ? null : next })}
        tabs={[
          { value: "messages", label: "Messages", ...(messages > 0 ? { count: messages } : {}) },
          { value: "cost", label: "Cost" },
          { value: "details", label: "Details" },
          { value: "raw", label: "Raw" },
        ]}
        end={<span className={styles.which}>{isRequest ? "whole request" : `${span.provider}/${span.model}`}</span>}
      >
        <TabPanel value="messages" className={styles.content}>
          <Conversation input={holder.input_messages} output={holder.output_messages} />
        </TabPanel>
        <TabPanel value="cost" className={styles.content}>
          <Cost ledger={ledger} total={detail.trace.cost_usd} />
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

function Raw({ detail }: { detail: TraceDetail }) {
  const json = useMemo(() => JSON.stringify(detail, null, 2), [detail]);
  return <Code title="The trace as the API gives it" code={json} language="json" copyLabel="Copy the trace as JSON" />;
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
