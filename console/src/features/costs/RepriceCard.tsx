import { useState } from "react";

import { describeError } from "@/api/error";
import { useProject, useRight } from "@/api/session";
import { useScope } from "@/app/scope";
import { Button } from "@/design/Button";
import { Card } from "@/design/Card";
import { Checkbox } from "@/design/Field";
import { Count, Money } from "@/design/Figures";
import { exactMoney, formatCount } from "@/design/format";
import { Notice } from "@/design/Notice";
import { bounds, rangeLabel } from "@/design/range";
import { Select } from "@/design/Select";
import { Table, type Column } from "@/design/Table";
import { useToast } from "@/design/Toast";

import styles from "./Costs.module.css";
import { useReprice, type Plan, type Repricing } from "./queries";

type Row = Repricing["models"][number];

const COLUMNS: Column<Row>[] = [
  { key: "model", header: "Model", cell: (row) => <strong className={styles.name}>{row.model}</strong> },
  { key: "changed", header: "Changed", align: "end", width: "100px", cell: (row) => <Count value={row.changed} /> },
  { key: "before", header: "Before", align: "end", width: "140px", cell: (row) => <Side side={row.before} /> },
  { key: "after", header: "After", align: "end", width: "140px", cell: (row) => <Side side={row.after} /> },
  { key: "difference", header: "Difference", align: "end", width: "140px", cell: (row) => signed(row.difference_usd) },
];

/** Prices the calls of the range again: first the difference, then, when it is wanted, the correction. */
export function RepriceCard() {
  const project = useProject();
  const admin = useRight("admin");
  const { range } = useScope();
  const toast = useToast();
  const [onlyUnpriced, setOnlyUnpriced] = useState(false);
  const [prices, setPrices] = useState<Plan["prices"]>("own");
  const reprice = useReprice(project.id);
  // What was compared is what is corrected, also when the clock or the choices have moved on.
  const shown = reprice.data ? { answer: reprice.data, plan: reprice.variables } : null;
  const compare = () => reprice.mutate({ ...bounds(range, new Date()), onlyUnpriced, prices, apply: false });
  const apply = (plan: Plan) =>
    reprice.mutate(
      { ...plan, apply: true },
      { onSuccess: (answer) => toast.done(`Corrected ${attempts(answer.total.changed)}`, "The ledger, the traces and every sum follow.") },
    );
  return (
    <Card
      title="Price the past again"
      description={`By the prices that held when each call was made, as they are known now. ${rangeLabel(range)}.`}
      actions={
        <>
          <Select
            aria-label="Prices"
            value={prices}
            onChange={setPrices}
            options={[
              { value: "own", label: "Own prices, then lists" },
              { value: "list", label: "List prices alone" },
            ]}
          />
          <Button busy={reprice.isPending} onClick={compare}>
            Compare
          </Button>
        </>
      }
    >
      <div className={styles.repricing}>
        <Checkbox label="Only calls without a price" checked={onlyUnpriced} onChange={(event) => setOnlyUnpriced(event.target.checked)} />
        {reprice.error ? <Notice tone="bad">{describeError(reprice.error)}</Notice> : null}
        {shown ? (
          <>
            <Notice
              tone={shown.answer.applied ? "ok" : "info"}
              action={
                shown.answer.applied || shown.answer.total.changed === 0 ? null : (
                  <Button variant="primary" size="sm" busy={reprice.isPending} disabledReason={admin.reason} onClick={() => apply(shown.plan)}>
                    Correct {attempts(shown.answer.total.changed)}
                  </Button>
                )
              }
            >
              {summary(shown.answer)}
            </Notice>
            {shown.answer.models.length > 0 ? (
              <div className={styles.frame}>
                <Table label="Difference by model" rows={shown.answer.models} rowKey={(row) => row.model} columns={COLUMNS} />
              </div>
            ) : null}
          </>
        ) : null}
      </div>
    </Card>
  );
}

function Side({ side }: { side: Row["before"] }) {
  return (
    <span className={styles.side}>
      <Money usd={side.cost_usd} />
      {side.unpriced > 0 ? <span className={styles.quiet}>and {side.unpriced} unpriced</span> : null}
    </span>
  );
}

function attempts(count: number): string {
  return count === 1 ? "1 attempt" : `${formatCount(count)} attempts`;
}

function signed(usd: string): string {
  return usd.startsWith("-") ? `−${exactMoney(usd.slice(1))}` : `+${exactMoney(usd)}`;
}

function summary({ applied, total }: Repricing): string {
  if (total.changed === 0) return `Nothing changes: none of ${attempts(total.attempts)} gets another price.`;
  const sums = `from ${exactMoney(total.before.cost_usd)} to ${exactMoney(total.after.cost_usd)}`;
  const unpriced = total.before.unpriced === total.after.unpriced ? "" : `, ${total.before.unpriced} unpriced become ${total.after.unpriced}`;
  return `${applied ? "Corrected" : "Would change"} ${formatCount(total.changed)} of ${attempts(total.attempts)}, ${sums}${unpriced}.`;
}
