import { useMemo } from "react";
import { Link } from "react-router";

import { describeError } from "@/api/error";
import { useView } from "@/app/scope";
import { classes } from "@/design/classes";
import { Notice } from "@/design/Notice";
import { Select } from "@/design/Select";
import { Skeleton } from "@/design/Skeleton";
import { Tabs } from "@/design/Tabs";

import styles from "./Breakdown.module.css";
import { NEW_PANEL } from "./code";
import { CostCard } from "./CostCards";
import { queryOf } from "./drill";
import panelStyles from "./Panel.module.css";
import { pivotOf } from "./pivot";
import { useCalls, usePlace } from "./place";
import { usePanel, type Answered } from "./queries";
import { keyLabel, shortField } from "./series";
import type { Panel } from "./types";
import { exactValue, formatValue, numberOf } from "./unit";
import { Why } from "./Why";

const FIELDS = ["model", "provider", "prompt", "prompt.version", "feature", "user", "session", "team", "environment", "key", "release", "model.response"] as const;
const MEASURES = ["cost", "calls", "tokens", "cost_per_call"] as const;
const TITLES: Record<(typeof MEASURES)[number], string> = { cost: "Cost", calls: "Calls", tokens: "Tokens", cost_per_call: "Per call" };
const MOST = { rows: 14, columns: 8 };

const nameOf = (field: string): string => shortField(field).replaceAll(".", " ");

/** Cost, or what makes it, by any two dimensions: one down, the other across. Each cell leads to its calls. */
export function Breakdown() {
  const { range, environment, live } = usePlace();
  const [view, change] = useView();
  const down = FIELDS.find((each) => each === view.get("down")) ?? "model";
  const across = FIELDS.find((each) => each === view.get("across")) ?? "feature";
  const measure = MEASURES.find((each) => each === view.get("show")) ?? "cost";
  const panel: Panel = useMemo(() => ({ ...NEW_PANEL, chart: "table", title: "Breakdown", measures: [measure], by: down === across ? [down] : [down, across], over_time: false, limit: 200, width: 12 }), [measure, down, across]);
  const answer = usePanel(panel, range, environment, live);
  const options = FIELDS.map((each) => ({ value: each, label: nameOf(each) }));
  const end = (
    <>
      <Tabs variant="pill" label="What the breakdown shows" value={measure} onChange={(next) => change({ show: next === "cost" ? null : next })} tabs={MEASURES.map((each) => ({ value: each, label: TITLES[each] }))} />
      <Select size="sm" aria-label="Down" prefix="down" value={down} onChange={(next) => change({ down: next === "model" ? null : next })} options={options} />
      <Select size="sm" aria-label="Across" prefix="across" value={across} onChange={(next) => change({ across: next === "feature" ? null : next })} options={options} />
      {answer.data && measure.startsWith("cost") ? <Why panel={panel} answer={answer.data} /> : null}
    </>
  );
  return (
    <CostCard title="By any two dimensions" width={12} end={end}>
      {answer.error && !answer.data ? (
        <div className={panelStyles.body}>
          <Notice tone="bad">{describeError(answer.error)}</Notice>
        </div>
      ) : !answer.data ? (
        <div className={panelStyles.waiting}>
          <Skeleton height="100%" radius={6} />
        </div>
      ) : answer.data.groups.length === 0 ? (
        <p className={panelStyles.empty}>No calls in this range.</p>
      ) : (
        <div className={classes(styles.scroll, answer.isPlaceholderData && styles.stale)}>
          <Matrix panel={panel} answer={answer.data} measure={measure} />
        </div>
      )}
    </CostCard>
  );
}

function Matrix({ panel, answer, measure }: { panel: Panel; answer: Answered; measure: (typeof MEASURES)[number] }) {
  const calls = useCalls();
  const pivot = useMemo(() => pivotOf(answer.groups, measure, MOST), [answer, measure]);
  const unit = answer.measures[0]?.unit ?? "count";
  const [down = "", across] = panel.by;
  const adds = measure !== "cost_per_call";
  return (
    <table className={styles.matrix} aria-label={`${TITLES[measure]} by ${nameOf(down)}${across ? ` and ${nameOf(across)}` : ""}`}>
      <thead>
        <tr>
          <th scope="col">{nameOf(down)}</th>
          {pivot.columns.map((column) => (
            <th key={column.key ?? ""} scope="col" title={column.key ?? undefined}>
              {across ? keyLabel(column.key, across) : TITLES[measure]}
            </th>
          ))}
          {across && adds ? <th scope="col">Sum</th> : null}
        </tr>
      </thead>
      <tbody>
        {pivot.rows.map((row) => (
          <tr key={row.key ?? ""}>
            <th scope="row" title={row.key ?? undefined}>
              <Link className={row.key ? undefined : panelStyles.none} to={calls.path(queryOf(panel, [row.key]))}>
                {keyLabel(row.key, down)}
              </Link>
            </th>
            {pivot.columns.map((column) => {
              const value = pivot.at(row.key, column.key);
              const strength = pivot.most > 0 ? (numberOf(value) ?? 0) / pivot.most : 0;
              return (
                <td key={column.key ?? ""} style={{ background: strength > 0 ? `color-mix(in srgb, var(--category-1) ${(6 + strength * 44).toFixed(1)}%, transparent)` : undefined }}>
                  {value === undefined ? (
                    <span className={panelStyles.missing}>·</span>
                  ) : (
                    <Link className={value === null ? panelStyles.missing : undefined} to={calls.path(queryOf(panel, [row.key, column.key]))} title={exactValue(value, unit)}>
                      {formatValue(value, unit)}
                    </Link>
                  )}
                </td>
              );
            })}
            {across && adds ? <td className={styles.sum}>{formatValue(row.total, unit)}</td> : null}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
