import { useState } from "react";

import { ErrorView } from "@/app/ErrorView";
import { Badge } from "@/design/Badge";
import { Button } from "@/design/Button";
import { formatDuration, formatModel } from "@/design/format";
import { Select } from "@/design/Select";
import { Skeleton } from "@/design/Skeleton";
import { DiffView } from "@/features/prompts/DiffView";

import styles from "./Attempts.module.css";
import { useSpan, type SpanDetail } from "./inspect";
import { lineDiff } from "./textdiff";

interface AttemptsProps {
  trace: string;
  attempts: readonly string[];
  onSelect: (span: string) => void;
}

/** Two of a request's attempts beside one another: retries, fallbacks, hedges. */
export function Attempts({ trace, attempts, onSelect }: AttemptsProps) {
  const [left, setLeft] = useState(0);
  const [right, setRight] = useState(attempts.length - 1);
  const one = useSpan(trace, attempts[left] ?? null);
  const other = useSpan(trace, attempts[right] ?? null);
  const error = one.error ?? other.error;
  if (error) return <ErrorView error={error} onRetry={() => void Promise.all([one.refetch(), other.refetch()])} />;
  if (!one.data || !other.data) return <Skeleton height={200} radius={8} />;
  const options = attempts.map((_, index) => ({ value: String(index), label: `Attempt ${index + 1}` }));
  return (
    <div className={styles.attempts}>
      <div className={styles.pair}>
        <Side label="On the left" detail={one.data} value={left} options={options} onChange={setLeft} onSelect={onSelect} />
        <Side label="On the right" detail={other.data} value={right} options={options} onChange={setRight} onSelect={onSelect} />
      </div>
      <div className={styles.diff}>
        <DiffView label="What the two attempts answered" lines={lineDiff(answerOf(one.data), answerOf(other.data))} layout="split" />
      </div>
    </div>
  );
}

interface SideProps {
  label: string;
  detail: SpanDetail;
  value: number;
  options: readonly { value: string; label: string }[];
  onChange: (value: number) => void;
  onSelect: (span: string) => void;
}

function Side({ label, detail, value, options, onChange, onSelect }: SideProps) {
  const { span } = detail;
  return (
    <div className={styles.side}>
      <Select aria-label={label} size="sm" value={String(value)} options={[...options]} onChange={(next) => onChange(Number(next))} />
      <p>
        <Badge tone={span.status === "error" ? "bad" : "ok"}>{span.error_code || span.status}</Badge> {formatModel(span.provider, span.response_model || span.model)}, {formatDuration(span.duration_ms)}
      </p>
      <Button size="sm" variant="ghost" onClick={() => onSelect(span.span_id)}>
        Open
      </Button>
    </div>
  );
}

/** What an attempt answered: its words and the tools that it called, or why it failed. */
function answerOf({ span }: SpanDetail): string {
  const said = span.output_messages.flatMap((message) => [message.content, ...message.tool_calls.map((call) => `${call.name}(${call.arguments})`)]);
  return said.filter(Boolean).join("\n") || span.status_message || "(no answer)";
}
