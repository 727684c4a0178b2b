import { ArrowDown, ArrowUp } from "lucide-react";
import { useState, type ReactNode } from "react";
import { Link } from "react-router";

import { formatPercent } from "@/design/format";
import { Sparkline } from "@/design/Sparkline";
import { Table, type Column } from "@/design/Table";
import { WhySum } from "@/features/costs/WhySum";

import { queryOf } from "./drill";
import styles from "./Panel.module.css";
import { useCalls, usePlace } from "./place";
import type { Answered } from "./queries";
import { keyLabel, shortField, sorted } from "./series";
import type { Group, Measure, Panel, Value } from "./types";
import { exactValue, formatValue, numberOf } from "./unit";

interface Row {
  id: string;
  group: Group | null;
  values: Group["values"];
  points: Group["points"];
}

interface Order {
  column: string;
  descending: boolean;
}

/** Groups as rows, measures as columns; any of them orders the rows. A row leads to its calls. */
export function PanelTable({ panel, answer }: { panel: Panel; answer: Answered }) {
  const calls = useCalls();
  const { range, environment } = usePlace();
  const main = panel.sort || (panel.measures[0] ?? "");
  const [order, setOrder] = useState<Order>({ column: main, descending: true });
  const rows: Row[] = answer.groups.map((group) => ({ id: JSON.stringify(group.key), group, values: group.values, points: group.points }));
  const valueOf = (row: Row): Value | undefined => {
    const field = panel.by.indexOf(order.column);
    return field === -1 ? row.values[order.column] : (row.group?.key[field] ?? null);
  };
  const ordered: Row[] = [
    ...sorted(rows, valueOf, order.descending),
    ...(answer.other ? [{ id: "other", group: null, values: answer.other.values, points: answer.other.points }] : []),
  ];
  const header = (name: string, title: string, startsDescending: boolean) => (
    <SortButton title={title} isOn={order.column === name} descending={order.descending} onClick={() => setOrder({ column: name, descending: order.column === name ? !order.descending : startsDescending })} />
  );
  const sortOf = (name: string): Column<Row>["sort"] => (order.column === name ? (order.descending ? "descending" : "ascending") : undefined);
  const total = numberOf(answer.totals[main]);
  const unit = answer.measures.find((each) => each.name === main)?.unit;
  const hasShare = (panel.width >= 8 || panel.measures.length <= 3) && panel.by.length > 0 && total !== null && total > 0 && (unit === "usd" || unit === "count" || unit === "tokens") && /^(calls|cost|tokens|input_tokens|output_tokens|errors)$/.test(main);
  const most = Math.max(1e-12, ...ordered.map((row) => numberOf(row.values[main]) ?? 0));
  const columns: Column<Row>[] = [
    ...panel.by.map((field, index) => ({
      key: field,
      header: header(field, capital(shortField(field).replaceAll(".", " ")), false),
      sort: sortOf(field),
      cell: (row: Row): ReactNode =>
        row.group ? (
          <Link className={row.group.key[index] ? styles.key : styles.none} to={calls.path(queryOf(panel, row.group.key))}>
            {keyLabel(row.group.key[index], field)}
          </Link>
        ) : index === 0 ? (
          <span className={styles.none}>all others</span>
        ) : null,
    })),
    ...(panel.over_time ? [{ key: "*course", header: titleOf(answer.measures, main), width: "128px", cell: (row: Row) => <Sparkline values={row.points.map((point) => numberOf(point.values[main]))} /> }] : []),
    ...answer.measures.map((measure) => ({
      key: measure.name,
      header: header(measure.name, measure.title, true),
      sort: sortOf(measure.name),
      align: "end" as const,
      cell: (row: Row) =>
        measure.name === "cost" && row.group ? (
          <WhySum title={`${measure.title} of ${row.group.key.map((value, index) => keyLabel(value, panel.by[index] ?? "")).join(", ")}`} range={range} environment={environment} of="calls" filter={panel.where} by={panel.by} values={row.group.key.map((value) => value ?? "")}>
            <Cell value={row.values[measure.name]} measure={measure} />
          </WhySum>
        ) : (
          <Cell value={row.values[measure.name]} measure={measure} />
        ),
    })),
    ...(hasShare
      ? [
          {
            key: "*share",
            header: "Share",
            align: "end" as const,
            width: "112px",
            hideBelow: 1100 as const,
            cell: (row: Row) => <Share share={(numberOf(row.values[main]) ?? 0) / total} most={most / total} />,
          },
        ]
      : []),
  ];
  return (
    <div className={styles.table}>
      <Table label={panel.title} columns={columns} rows={ordered} rowKey={(row) => row.id} />
    </div>
  );
}

const titleOf = (measures: readonly Measure[], name: string): string => measures.find((each) => each.name === name)?.title ?? name;
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function Cell({ value, measure }: { value: Value | undefined; measure: Measure }) {
  const isMissing = value === null || value === undefined;
  return (
    <span className={isMissing ? styles.missing : measure.name === "error_rate" && Number(value) >= 0.05 ? styles.bad : undefined} title={exactValue(value, measure.unit)}>
      {formatValue(value, measure.unit)}
    </span>
  );
}

function Share({ share, most }: { share: number; most: number }) {
  return (
    <span className={styles.share}>
      <span className={styles.shareBar} style={{ width: `${Math.min(100, (share / most) * 100)}%` }} />
      {formatPercent(share)}
    </span>
  );
}

function SortButton({ title, isOn, descending, onClick }: { title: string; isOn: boolean; descending: boolean; onClick: () => void }) {
  const Arrow = descending ? ArrowDown : ArrowUp;
  return (
    <button type="button" className={styles.sort} onClick={onClick}>
      {title}
      {isOn ? <Arrow aria-hidden /> : null}
    </button>
  );
}
