import { Braces, Download, Ellipsis, FileCode, ListTree, Pencil, Trash2 } from "lucide-react";
import { useRef, useState, type ReactNode } from "react";

import { describeError } from "@/api/error";
import { Button, IconButton } from "@/design/Button";
import { classes } from "@/design/classes";
import { Menu, MenuItem, MenuSeparator } from "@/design/Menu";
import { Notice } from "@/design/Notice";
import { useNear } from "@/design/useNear";
import { Tabs } from "@/design/Tabs";
import { useToast } from "@/design/Toast";

import { panelYaml } from "./code";
import { csvOf } from "./csv";
import { queryOf } from "./drill";
import { PanelBody, PanelSkeleton } from "./PanelBody";
import styles from "./Panel.module.css";
import { useCalls, usePlace } from "./place";
import { usePanel, type Answered } from "./queries";
import { unitsOf } from "./series";
import type { Measure, Panel, Unit } from "./types";
import { Why } from "./Why";

interface PanelCardProps {
  panel: Panel;
  /** While the dashboard is edited: the controls that move, widen and change the panel. */
  tools?: ReactNode;
  onEdit?: (() => void) | undefined;
  onRemove?: (() => void) | undefined;
}

const UNIT_TITLES: Record<Unit, string> = { usd: "Cost", ms: "Time", tokens: "Tokens", count: "Count", ratio: "Share", per_second: "Per second", score: "Score" };

/** Whether a panel is drawn along a time axis, which has one unit. */
const isAlongTime = (panel: Panel): boolean => panel.over_time && (panel.chart === "line" || panel.chart === "area" || panel.chart === "bar");

/** One panel with its title, what may be done with it, and its numbers, which it asks for by itself. */
export function PanelCard({ panel, tools, onEdit, onRemove }: PanelCardProps) {
  const { range, environment, live } = usePlace();
  const card = useRef<HTMLElement>(null);
  const answer = usePanel(panel, range, environment, live, useNear(card));
  const [unit, setUnit] = useState<Unit | null>(null);
  const units = isAlongTime(panel) ? unitsOf(answer.data?.measures ?? []) : [];
  const shown = units.find((each) => each.unit === unit) ?? units[0];
  return (
    <section ref={card} className={classes(styles.panel, answer.isPlaceholderData && styles.stale)} style={{ ["--span" as string]: panel.width }} data-chart={panel.chart} aria-label={panel.title}>
      <header className={styles.header}>
        <h2 className={styles.title} title={panel.title}>
          {panel.title}
        </h2>
        {shown && units.length > 1 ? (
          <Tabs variant="pill" label={`What ${panel.title} shows`} value={shown.unit} onChange={setUnit} tabs={units.map((each) => ({ value: each.unit, label: nameOf(each) }))} />
        ) : null}
        {answer.data?.measures.some((each) => each.unit === "usd") ? <Why panel={panel} answer={answer.data} /> : null}
        {tools}
        <PanelMenu panel={panel} answer={answer.data} onEdit={onEdit} onRemove={onRemove} />
      </header>
      <PanelState panel={panel} answer={answer} measures={shown?.measures} />
    </section>
  );
}

const nameOf = ({ unit, measures }: ReturnType<typeof unitsOf>[number]): string => (measures.length === 1 && measures[0] ? measures[0].title : UNIT_TITLES[unit]);

/** The numbers of a panel, or that they are on their way, or why they do not come. */
function PanelState({ panel, answer, measures }: { panel: Panel; answer: ReturnType<typeof usePanel>; measures: readonly Measure[] | undefined }) {
  if (answer.data) return <PanelBody panel={panel} answer={answer.data} measures={measures ?? answer.data.measures} />;
  if (!answer.error) return <PanelSkeleton panel={panel} />;
  const again = (
    <Button size="sm" onClick={() => void answer.refetch()}>
      Try again
    </Button>
  );
  return (
    <div className={styles.body}>
      <Notice tone="bad" action={again}>
        {describeError(answer.error)}
      </Notice>
    </div>
  );
}

interface PanelMenuProps {
  panel: Panel;
  answer: Answered | undefined;
  onEdit: (() => void) | undefined;
  onRemove: (() => void) | undefined;
}

function PanelMenu({ panel, answer, onEdit, onRemove }: PanelMenuProps) {
  const calls = useCalls();
  const toasts = useToast();
  const copy = async (text: string | Promise<string>, what: string) => {
    await navigator.clipboard.writeText(await text);
    toasts.done(`${what} copied`);
  };
  const query = queryOf(panel, []);
  return (
    <Menu
      align="end"
      width={216}
      trigger={
        <IconButton size="sm" label={`More about ${panel.title}`}>
          <Ellipsis />
        </IconButton>
      }
    >
      {onEdit ? (
        <MenuItem icon={<Pencil />} onSelect={onEdit}>
          Edit panel
        </MenuItem>
      ) : null}
      <MenuItem icon={<ListTree />} onSelect={() => calls.open(query)}>
        Show its calls
      </MenuItem>
      <MenuItem icon={<Braces />} disabledReason={query === "" && "asks for all calls"} onSelect={() => void copy(query, "Query")}>
        Copy query
      </MenuItem>
      <MenuItem icon={<FileCode />} onSelect={() => void copy(panelYaml(panel), "Panel")}>
        Copy as YAML
      </MenuItem>
      <MenuItem icon={<Download />} disabledReason={answer ? null : "still loading"} onSelect={() => answer && download(`${panel.title}.csv`, csvOf(panel, answer))}>
        Download CSV
      </MenuItem>
      {onRemove ? (
        <>
          <MenuSeparator />
          <MenuItem icon={<Trash2 />} danger onSelect={onRemove}>
            Remove panel
          </MenuItem>
        </>
      ) : null}
    </Menu>
  );
}

function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
