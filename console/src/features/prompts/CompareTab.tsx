import { ArrowLeftRight, GitCompare } from "lucide-react";

import { useProject } from "@/api/session";
import { ErrorView } from "@/app/ErrorView";
import { useView } from "@/app/scope";
import { Badge, type Tone } from "@/design/Badge";
import { IconButton } from "@/design/Button";
import { EmptyState } from "@/design/EmptyState";
import { Select } from "@/design/Select";
import { SkeletonRows } from "@/design/Skeleton";
import { Table } from "@/design/Table";
import { Tabs } from "@/design/Tabs";

import { tally } from "./comparison";
import styles from "./CompareTab.module.css";
import { DiffView, type Layout } from "./DiffView";
import { useComparison, useVersions, type Comparison, type PromptDetail, type Version } from "./queries";
import { valueText, type Variable } from "./variable";

/** Any two versions beside one another. The choice stands in the address, so that it can be sent to somebody. */
export function CompareTab({ prompt }: { prompt: PromptDetail }) {
  const project = useProject();
  const [view, setView] = useView();
  const versions = useVersions(project.id, prompt.id);
  const to = numberIn(view.get("to"), prompt.latest_version);
  const from = numberIn(view.get("from"), Math.max(1, to - 1));
  const layout: Layout = view.get("layout") === "unified" ? "unified" : "split";
  if (prompt.latest_version < 2) {
    return (
      <EmptyState icon={<GitCompare />} title="One version has nothing to be compared with">
        <p>Save a second version in the editor. Then any two can be laid side by side here, with the words that changed marked.</p>
      </EmptyState>
    );
  }
  const options = optionsOf(versions.data?.pages.flatMap((page) => page.items) ?? [], prompt, [from, to]);
  return (
    <>
      <div className={styles.bar}>
        <Select aria-label="From version" prefix="From" value={String(from)} options={options} onChange={(next) => setView({ from: next, to: String(to) })} />
        <IconButton label="Swap versions" onClick={() => setView({ from: String(to), to: String(from) })}>
          <ArrowLeftRight />
        </IconButton>
        <Select aria-label="To version" prefix="To" value={String(to)} options={options} onChange={(next) => setView({ from: String(from), to: next })} />
        <span className={styles.end}>
          <Tabs
            label="Layout"
            variant="pill"
            value={layout}
            onChange={(next) => setView({ layout: next === "split" ? null : next })}
            tabs={[
              { value: "split", label: "Side by side" },
              { value: "unified", label: "Unified" },
            ]}
          />
        </span>
      </div>
      <Differences prompt={prompt} from={from} to={to} layout={layout} />
    </>
  );
}

function numberIn(text: string | null, otherwise: number): number {
  const number = Number(text);
  return text !== null && Number.isInteger(number) && number > 0 ? number : otherwise;
}

function optionsOf(known: readonly Version[], prompt: PromptDetail, chosen: readonly number[]) {
  const missing = chosen.filter((number) => !known.some((version) => version.number === number));
  const live = (number: number) => prompt.live.filter((each) => each.version === number).map((each) => each.environment);
  return [
    ...known.map((version) => ({
      value: String(version.number),
      label: `v${version.number}`,
      hint: live(version.number).join(", ") || version.message.slice(0, 48),
    })),
    ...missing.map((number) => ({ value: String(number), label: `v${number}`, hint: "" })),
  ];
}

interface DifferencesProps {
  prompt: PromptDetail;
  from: number;
  to: number;
  layout: Layout;
}

function Differences({ prompt, from, to, layout }: DifferencesProps) {
  const project = useProject();
  const comparison = useComparison(project.id, prompt.id, from, to);
  if (comparison.error) return <ErrorView error={comparison.error} onRetry={() => void comparison.refetch()} />;
  if (comparison.isPending) return <SkeletonRows rows={6} />;
  const { messages, variables } = comparison.data;
  const count = tally(messages);
  const isSame = messages.every((message) => message.change === "same") && variables.every((variable) => variable.change === "same");
  return (
    <div className={styles.messages}>
      <p className={styles.tally} role="status">
        {isSame ? (
          `Versions ${from} and ${to} say the same.`
        ) : (
          <>
            <span className={styles.added}>+{count.added}</span> <span className={styles.removed}>−{count.removed}</span> lines from version {from} to
            version {to}
          </>
        )}
      </p>
      {messages.map((message) => (
        <section key={message.index} className={styles.message} aria-label={`Message ${message.index + 1}`}>
          <header>
            <h2>{message.role_from !== null && message.role_to !== null && message.role_from !== message.role_to ? `${message.role_from} → ${message.role_to}` : (message.role_to ?? message.role_from)}</h2>
            <ChangeBadge change={message.change} />
          </header>
          <DiffView label={`Changes of message ${message.index + 1}`} lines={message.lines} layout={layout} />
        </section>
      ))}
      <VariableChanges variables={variables} />
    </div>
  );
}

const TONES: Record<string, Tone> = { added: "ok", removed: "bad", changed: "warn" };

function ChangeBadge({ change }: { change: string }) {
  return change === "same" ? <span className={styles.same}>no change</span> : <Badge tone={TONES[change] ?? "neutral"}>{change}</Badge>;
}

function VariableChanges({ variables }: { variables: Comparison["variables"] }) {
  const changed = variables.filter((variable) => variable.change !== "same");
  if (changed.length === 0) return null;
  return (
    <section className={styles.message} aria-label="Variables">
      <header>
        <h2>Variables</h2>
      </header>
      <Table
        label="Changed variables"
        rows={changed}
        rowKey={(row) => row.name}
        columns={[
          { key: "name", header: "Name", width: "22%", cell: (row) => <code>{row.name}</code> },
          { key: "change", header: "Change", width: "100px", cell: (row) => <ChangeBadge change={row.change} /> },
          { key: "before", header: "Before", cell: (row) => <Declaration variable={row.before ?? null} /> },
          { key: "after", header: "After", cell: (row) => <Declaration variable={row.after ?? null} /> },
        ]}
      />
    </section>
  );
}

function Declaration({ variable }: { variable: Variable | null }) {
  if (!variable) return <span className={styles.same}>not declared</span>;
  const given = valueText(variable.default);
  return (
    <span>
      {variable.type}, {variable.required ? "required" : given === "" ? "optional" : `default ${given}`}
      {variable.description ? <span className={styles.note}>{variable.description}</span> : null}
    </span>
  );
}
