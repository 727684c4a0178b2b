import { ChartArea, ChartColumn, ChartLine, Grid3x3, Hash, Table as TableIcon, X } from "lucide-react";
import { useDeferredValue, useState, type ReactNode } from "react";

import { Button, IconButton } from "@/design/Button";
import { classes } from "@/design/classes";
import { Combobox } from "@/design/Combobox";
import { Dialog } from "@/design/Dialog";
import { Checkbox, Field, Input } from "@/design/Field";
import { Select } from "@/design/Select";
import { QueryBar } from "@/features/traces/QueryBar";

import { WIDTHS, withChart } from "./draft";
import { PanelCard } from "./PanelCard";
import styles from "./PanelDialog.module.css";
import { useFields, useMeasures } from "./queries";
import type { ChartKind, Panel, Width } from "./types";

interface PanelDialogProps {
  panel: Panel;
  isNew: boolean;
  onKeep: (panel: Panel) => void;
  onClose: () => void;
}

const CHARTS: readonly { value: ChartKind; label: string; icon: ReactNode }[] = [
  { value: "line", label: "Lines", icon: <ChartLine /> },
  { value: "area", label: "Areas", icon: <ChartArea /> },
  { value: "bar", label: "Bars", icon: <ChartColumn /> },
  { value: "stat", label: "Number", icon: <Hash /> },
  { value: "table", label: "Table", icon: <TableIcon /> },
  { value: "heatmap", label: "Heat map", icon: <Grid3x3 /> },
];

const WIDTH_TITLES: Record<Width, string> = { 3: "A quarter", 4: "A third", 6: "A half", 8: "Two thirds", 12: "Whole" };

/** Where a panel is made or changed, with what it will look like beside it. */
export function PanelDialog({ panel: first, isNew, onKeep, onClose }: PanelDialogProps) {
  const [panel, setPanel] = useState(first);
  // The query as it is typed; the panel has the last one that could be read.
  const [typed, setTyped] = useState(first.where);
  const shown = useDeferredValue(panel);
  const set = (changes: Partial<Panel>) => setPanel((current) => ({ ...current, ...changes }));
  const fault = panel.title.trim() === "" ? "A panel needs a title." : panel.measures.length === 0 ? "A panel needs a measure." : null;
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={isNew ? "Add panel" : `Edit ${first.title}`}
      width={1080}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" disabledReason={fault} onClick={() => onKeep({ ...panel, title: panel.title.trim(), where: typed.trim(), by: panel.by.filter(Boolean) })}>
            {isNew ? "Add panel" : "Apply"}
          </Button>
        </>
      }
    >
      <div className={styles.columns}>
        <div className={styles.fields}>
          <Field label="Title">{(control) => <Input {...control} autoFocus onFocus={(event) => event.target.select()} maxLength={100} value={panel.title} onChange={(event) => set({ title: event.target.value })} />}</Field>
          <fieldset className={styles.charts}>
            <legend>Shown as</legend>
            {CHARTS.map((each) => (
              <button key={each.value} type="button" className={classes(styles.chart, each.value === panel.chart && styles.chosen)} aria-pressed={each.value === panel.chart} onClick={() => setPanel(withChart(panel, each.value))}>
                {each.icon}
                {each.label}
              </button>
            ))}
          </fieldset>
          <Measures panel={panel} onChange={(measures) => set({ measures, sort: measures.includes(panel.sort) ? panel.sort : "" })} />
          <div className={styles.field}>
            <span className={styles.label}>Which calls</span>
            <QueryBar id="panel-where" hint="All calls; or: model ~ gpt and cost > 0.01" query={panel.where} onChange={(where) => set({ where })} onType={setTyped} />
          </div>
          {panel.chart === "heatmap" ? null : <Dimensions by={panel.by} onChange={(by) => set({ by })} />}
          <div className={styles.pair}>
            <Field label="Groups shown">
              {(control) => <Input {...control} inputMode="numeric" value={String(panel.limit)} onChange={(event) => set({ limit: Math.min(200, Number(event.target.value.replace(/\D/g, "")) || 1) })} />}
            </Field>
            <Field label="Width">
              {(control) => <Select {...control} value={String(panel.width)} onChange={(next) => set({ width: Number(next) as Width })} options={WIDTHS.map((each) => ({ value: String(each), label: WIDTH_TITLES[each] }))} />}
            </Field>
          </div>
          {panel.chart === "bar" || panel.chart === "stat" || panel.chart === "table" ? (
            <Checkbox
              label="Over time"
              hint={panel.chart === "bar" ? "One bar for each step of time" : "With the course of the number beside it"}
              checked={panel.over_time}
              onChange={(event) => set({ over_time: event.target.checked, limit: event.target.checked ? Math.min(20, panel.limit) : panel.limit })}
            />
          ) : null}
        </div>
        <div className={styles.preview} aria-label="Preview" role="group">
          {panel.measures.length > 0 ? <PanelCard panel={{ ...shown, title: shown.title || "Untitled", by: shown.by.filter(Boolean), width: 12 }} /> : <p className={styles.none}>Choose a measure to see it.</p>}
        </div>
      </div>
    </Dialog>
  );
}

function Measures({ panel, onChange }: { panel: Panel; onChange: (measures: string[]) => void }) {
  const { data = [] } = useMeasures();
  const single = panel.chart === "heatmap";
  const titleOf = (name: string) => data.find((each) => each.name === name)?.title ?? name;
  const left = data.filter((each) => !panel.measures.includes(each.name) && (!single || /^p\d+_(duration|ttft)$/.test(each.name)));
  return (
    <div className={styles.field}>
      <span className={styles.label}>Measures</span>
      <ul className={styles.chips}>
        {panel.measures.map((name) => (
          <li key={name} className={styles.chip}>
            {titleOf(name)}
            {single ? null : (
              <IconButton size="sm" label={`Remove ${titleOf(name)}`} onClick={() => onChange(panel.measures.filter((each) => each !== name))}>
                <X />
              </IconButton>
            )}
          </li>
        ))}
      </ul>
      <Select
        aria-label={single ? "Measure" : "Add a measure"}
        value={undefined}
        placeholder={single ? "Another measure…" : "Add a measure…"}
        onChange={(name: string) => onChange(single ? [name] : [...panel.measures, name])}
        options={left.map((each) => ({ value: each.name, label: each.title, hint: each.name }))}
      />
    </div>
  );
}

function Dimensions({ by, onChange }: { by: readonly string[]; onChange: (by: string[]) => void }) {
  const { data = [] } = useFields();
  const suggestions = data.map((field) => ({ value: field.text.trim(), hint: field.about }));
  return (
    <div className={styles.pair}>
      {[0, 1].map((index) => (
        <Field key={index} label={index === 0 ? "Cut by" : "and by"} optional>
          {(control) => (
            <Combobox
              {...control}
              value={by[index] ?? ""}
              suggestions={suggestions}
              placeholder={index === 0 ? "model" : "feature"}
              onChange={(value) => onChange(index === 0 ? [value, ...by.slice(1)] : [by[0] ?? "", ...(value ? [value] : [])])}
            />
          )}
        </Field>
      ))}
    </div>
  );
}
