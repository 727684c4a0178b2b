import { CircleHelp } from "lucide-react";
import { Link } from "react-router";

import { useProject } from "@/api/session";
import { IconButton } from "@/design/Button";
import { exactMoney, formatCount } from "@/design/format";
import { Popover } from "@/design/Popover";
import { rangeLabel } from "@/design/range";
import { SumLines } from "@/features/costs/WhySum";
import { paths } from "@/paths";

import { queryOf } from "./drill";
import styles from "./Why.module.css";
import { useCalls, usePlace } from "./place";
import type { Answered } from "./queries";
import type { Panel } from "./types";

/** Why an amount of money is what it is: what was summed up, what is not in it, and where each row can be seen. */
export function Why({ panel, answer }: { panel: Panel; answer: Answered }) {
  const project = useProject();
  const calls = useCalls();
  const { range, environment } = usePlace();
  const money = answer.measures.filter((measure) => measure.unit === "usd");
  const query = queryOf(panel, []);
  return (
    <Popover
      label={`Why these numbers: ${panel.title}`}
      align="end"
      width={620}
      trigger={
        <IconButton size="sm" label={answer.unpriced_calls > 0 ? `Why this number: ${formatCount(answer.unpriced_calls)} unpriced` : "Why this number"} className={answer.unpriced_calls > 0 ? styles.warn : undefined}>
          <CircleHelp />
        </IconButton>
      }
    >
      <div className={styles.why}>
        <h3>Why this number</h3>
        <dl>
          {money.map((measure) => (
            <div key={measure.name}>
              <dt>{measure.title}</dt>
              <dd>{answer.totals[measure.name] === null || answer.totals[measure.name] === undefined ? "unknown" : exactMoney(String(answer.totals[measure.name]))}</dd>
            </div>
          ))}
        </dl>
        <SumLines range={range} environment={environment} of="calls" filter={panel.where} />
        <p>
          The sum of the ledger, one row for each request to a provider: its tokens by bucket, each times the price that was in force then.{" "}
          {rangeLabel(range)}, {environment ?? "all environments"}
          {query ? (
            <>
              , only <code>{query}</code>
            </>
          ) : null}
          .
        </p>
        <ul>
          <li>
            <Link to={calls.path(query)}>The calls</Link>, each with its buckets, its prices and its sum
          </li>
          <li>
            <Link to={paths.costs(project.slug)}>The prices</Link> in force, and what a call would cost
          </li>
          <li>
            <Link to={paths.costs(project.slug, { tab: "export" })}>The ledger</Link> as CSV, Parquet or FOCUS
          </li>
        </ul>
      </div>
    </Popover>
  );
}
