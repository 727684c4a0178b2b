import { useDeferredValue, useEffect, useState } from "react";

import { describeError } from "@/api/error";
import { useProject } from "@/api/session";
import { Field, Input, TextArea } from "@/design/Field";
import { Select } from "@/design/Select";
import { Skeleton } from "@/design/Skeleton";

import { contentOf } from "./draft";
import styles from "./PreviewPanel.module.css";
import { useRendered } from "./queries";
import { exampleValue, hasDefault, readValues, valueText, type Variable } from "./variable";
import type { Workbench } from "./workbench";

const PAUSE_MS = 250;

/** What a call would send, as somebody types, and why it cannot be rendered if so. */
export function usePreview(workbench: Workbench) {
  const project = useProject();
  const { draft, texts } = workbench;
  const { values, faults } = readValues(draft.variables, texts);
  for (const variable of draft.variables) {
    if (variable.required && !(variable.name in values) && !(variable.name in faults)) values[variable.name] = exampleValue(variable);
  }
  const body = useSettled(JSON.stringify({ ...contentOf(draft), values }));
  const isReadable = Object.keys(faults).length === 0;
  const rendered = useRendered(project.id, JSON.parse(body) as Parameters<typeof useRendered>[1], isReadable);
  return { rendered, faults, error: rendered.isError ? describeError(rendered.error) : null };
}

/** A value that changes once nobody has typed for a moment. */
function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

interface PreviewPanelProps {
  workbench: Workbench;
  preview: ReturnType<typeof usePreview>;
}

/** Values to try, and the messages that they make. */
export function PreviewPanel({ workbench, preview }: PreviewPanelProps) {
  const { draft, texts, setText } = workbench;
  const messages = useDeferredValue(preview.rendered.data?.messages ?? null);
  const warnings = preview.error === null ? (preview.rendered.data?.warnings ?? []) : [];
  return (
    <section aria-label="Preview" className={styles.panel}>
      <header className={styles.head}>
        <h2>Preview</h2>
        <span className={styles.state} role="status">
          {preview.error === null ? "" : "cannot be rendered"}
        </span>
      </header>
      {draft.variables.length > 0 ? (
        <div className={styles.values}>
          {draft.variables.map((variable) => (
            <ValueField
              key={variable.name}
              variable={variable}
              text={texts[variable.name] ?? ""}
              fault={preview.faults[variable.name] ?? null}
              onChange={(text) => setText(variable.name, text)}
            />
          ))}
        </div>
      ) : null}
      <div className={styles.rendered} data-stale={preview.error !== null} aria-live="polite">
        {messages === null ? (
          preview.error === null ? (
            <Skeleton width="70%" />
          ) : (
            <p className={styles.error}>{preview.error}</p>
          )
        ) : (
          messages.map((message, index) => (
            <article key={index} className={styles.message} data-role={message.role}>
              <h3>{message.role}</h3>
              {message.content === "" ? <p className={styles.empty}>empty</p> : <p>{message.content}</p>}
            </article>
          ))
        )}
      </div>
      {warnings.length > 0 ? (
        <ul className={styles.warnings}>
          {warnings.map((warning) => (
            <li key={warning}>{warning}</li>
          ))}
        </ul>
      ) : null}
    </section>
  );
}

interface ValueFieldProps {
  variable: Variable;
  text: string;
  fault: string | null;
  onChange: (text: string) => void;
}

const UNSET = "unset";

function ValueField({ variable, text, fault, onChange }: ValueFieldProps) {
  const placeholder = variable.required ? valueText(exampleValue(variable)) : placeholderOf(variable);
  const isLong = variable.type === "array" || variable.type === "object";
  return (
    <Field label={variable.name} error={fault} className={styles.value}>
      {(control) =>
        variable.type === "boolean" ? (
          <Select
            {...control}
            value={text === "" ? UNSET : text}
            options={[
              { value: UNSET, label: `not set (${placeholder})` },
              { value: "true", label: "true" },
              { value: "false", label: "false" },
            ]}
            onChange={(next) => onChange(next === UNSET ? "" : next)}
          />
        ) : isLong || text.length > 60 || text.includes("\n") ? (
          <TextArea {...control} mono={isLong} rows={2} placeholder={placeholder} value={text} onChange={(event) => onChange(event.target.value)} />
        ) : (
          <Input {...control} placeholder={placeholder} value={text} onChange={(event) => onChange(event.target.value)} />
        )
      }
    </Field>
  );
}

function placeholderOf(variable: Variable): string {
  return hasDefault(variable) ? valueText(variable.default) : "none";
}
