import type { ReactNode } from "react";
import { Link } from "react-router";

import { useProject } from "@/api/session";
import { ErrorView } from "@/app/ErrorView";
import { Count, Money } from "@/design/Figures";
import { exactMoney, formatCount } from "@/design/format";
import { Popover } from "@/design/Popover";
import { rangeQuery, type Range } from "@/design/range";
import { Skeleton } from "@/design/Skeleton";
import { BUCKET_NAMES, sourceText } from "@/features/traces/price";
import { paths } from "@/paths";

import { useCostSum, type CostSum, type SumLine, type Summed } from "./sum";
import styles from "./WhySum.module.css";

interface WhySumProps extends Summed {
  /** What the sum is of, in words. */
  title: string;
  /** The figure itself; a click on it shows why. */
  children: ReactNode;
}

/** A sum of money that says why it is what it is: each bucket times its price, and their sum. */
export function WhySum({ title, children, ...sum }: WhySumProps) {
  return (
    <Popover
      label={`Why this number: ${title}`}
      align="end"
      width={620}
      trigger={
        <button type="button" className={styles.figure} title="Why this number" aria-label={`Why this number: ${title}`} onClick={(event) => event.stopPropagation()}>
          {children}
        </button>
      }
    >
      <div className={styles.why} onClick={(event) => event.stopPropagation()}>
        <h3>{title}</h3>
        <SumLines {...sum} />
      </div>
    </Popover>
  );
}

/** The lines of a sum, as a table with the sum beneath them. */
export function SumLines(sum: Summed) {
  const found = useCostSum(sum);
  if (found.error) return <ErrorView error={found.error} onRetry={() => void found.refetch()} />;
  if (!found.data) return <Skeleton height={120} radius={8} />;
  const { data } = found;
  if (data.lines.length === 0) return <p className={styles.quiet}>No provider was asked, so nothing was billed.</p>;
  return (
    <>
      <div className={styles.scroll} tabIndex={0} role="group" aria-label="Lines of the sum">
        <table className={styles.lines} aria-label="Buckets times prices">
          <thead>
            <tr>
              <th scope="col">Model and bucket</th>
              <th scope="col">Tokens</th>
              <th scope="col">$ per million</th>
              <th scope="col">Cost</th>
            </tr>
          </thead>
          {grouped(data.lines).map(([model, lines]) => (
            <tbody key={model}>
              <tr className={styles.model}>
                <th scope="rowgroup" colSpan={4}>
                  {model}
                </th>
              </tr>
              {lines.map((line, index) => (
                <Line key={index} line={line} />
              ))}
            </tbody>
          ))}
        </table>
      </div>
      <Foot sum={data} range={sum.range} />
    </>
  );
}

function Line({ line }: { line: SumLine }) {
  const isFee = line.bucket === "request";
  return (
    <tr>
      <th scope="row">
        {line.bucket ? (BUCKET_NAMES[line.bucket] ?? line.bucket) : sourceText(line.price_source)}
        <span className={styles.quiet}> {requests(line.requests)}</span>
      </th>
      <td>{line.bucket && !isFee ? <Count value={line.tokens} /> : null}</td>
      <td>{line.usd_per_million === null ? null : isFee ? "for each" : `× ${line.usd_per_million}`}</td>
      <td>{line.cost_usd === null ? <span className={styles.unknown}>unknown</span> : exactMoney(line.cost_usd)}</td>
    </tr>
  );
}

function Foot({ sum, range }: { sum: CostSum; range: Range }) {
  const project = useProject();
  return (
    <div className={styles.foot}>
      {Number(sum.rest_usd) !== 0 ? (
        <p>
          <span>Lines that are not shown</span>
          <span>{exactMoney(sum.rest_usd)}</span>
        </p>
      ) : null}
      <p className={styles.sum}>
        <span>Sum of {formatCount(sum.calls)} {sum.calls === 1 ? "call" : "calls"}</span>
        <Money usd={sum.cost_usd} exact />
      </p>
      {sum.unpriced_calls > 0 ? (
        <p className={styles.unknown}>
          <Link to={paths.costs(project.slug, { tab: "unpriced", ...rangeQuery(range) })}>
            {formatCount(sum.unpriced_calls)} {sum.unpriced_calls === 1 ? "call has" : "calls have"} no price
          </Link>{" "}
          and {sum.unpriced_calls === 1 ? "is" : "are"} not in the sum. Unknown is not zero.
        </p>
      ) : null}
    </div>
  );
}

const requests = (count: number): string => `${formatCount(count)} ${count === 1 ? "request" : "requests"}`;

/** Lines under what was asked and by which price it was paid, in the order in which they come. */
function grouped(lines: readonly SumLine[]): [string, SumLine[]][] {
  const found = new Map<string, SumLine[]>();
  for (const line of lines) {
    const name = [line.provider && line.model ? `${line.provider}/${line.model}` : line.model || line.provider || "no model named", line.service_tier, line.price_version].filter(Boolean).join(" · ");
    found.set(name, [...(found.get(name) ?? []), line]);
  }
  return [...found];
}
