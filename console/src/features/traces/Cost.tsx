import { ErrorView } from "@/app/ErrorView";
import { Badge, type Tone } from "@/design/Badge";
import { Count, Money } from "@/design/Figures";
import { exactMoney, formatCount, formatModel } from "@/design/format";
import { Notice } from "@/design/Notice";
import { Skeleton } from "@/design/Skeleton";

import styles from "./Cost.module.css";
import { useCost, type CostDetail } from "./inspect";
import { BUCKET_NAMES, sourceText } from "./price";
import type { LedgerRow } from "./queries";

interface CostProps {
  trace: string;
  /** The span of which, with all beneath it, the cost is explained; null for the whole trace. */
  span: string | null;
}

const TONES: Record<string, Tone> = { provider: "ok", estimated: "warn", none: "bad" };

/** Why the cost is what it is: buckets of tokens times their prices, and the sum; then call by call. */
export function Cost({ trace, span }: CostProps) {
  const cost = useCost(trace, span);
  if (cost.error) return <ErrorView error={cost.error} onRetry={() => void cost.refetch()} />;
  if (!cost.data) return <Skeleton height={180} radius={8} />;
  const { total, ledger, is_truncated: isTruncated } = cost.data;
  if (total.calls === 0) {
    return <p className={styles.nothing}>No provider was asked here, or another span accounts for the call, so nothing was billed.</p>;
  }
  return (
    <div className={styles.cost}>
      {total.calls > 1 ? <Sums detail={cost.data} /> : null}
      {ledger.map((row, index) => (
        <Attempt key={row.span_id} row={row} title={ledger.length > 1 ? `Call ${index + 1} of ${formatCount(total.calls)}` : "One attempt"} />
      ))}
      {isTruncated ? <p className={styles.nothing}>The first {ledger.length} calls are shown one by one; the sums above have all of them.</p> : null}
    </div>
  );
}

/** All calls together: each bucket at each price. */
function Sums({ detail }: { detail: CostDetail }) {
  const { total, sums } = detail;
  const models = new Set(sums.map((line) => `${line.provider}/${line.model}`));
  return (
    <section className={styles.attempt} aria-label="All calls together">
      <header className={styles.head}>
        <div>
          <h3 className={styles.title}>All calls together</h3>
          <p className={styles.sub}>
            {formatCount(total.calls)} calls, {formatCount(total.input_tokens)} tokens in, {formatCount(total.output_tokens)} out
            {total.unpriced > 0 ? `, ${formatCount(total.unpriced)} without a known price` : ""}
          </p>
        </div>
      </header>
      <table className={styles.lines} aria-label="Price of all calls together">
        <thead>
          <tr>
            <th scope="col">Bucket</th>
            <th scope="col">Tokens</th>
            <th scope="col">$ per million</th>
            <th scope="col">Cost</th>
          </tr>
        </thead>
        <tbody>
          {sums.map((line) => (
            <tr key={`${line.provider} ${line.model} ${line.service_tier} ${line.bucket} ${line.usd_per_million}`}>
              <th scope="row">
                {BUCKET_NAMES[line.bucket] ?? line.bucket}
                {models.size > 1 || line.service_tier ? (
                  <span className={styles.sub}>
                    {" "}
                    {formatModel(line.provider, line.model)} {line.service_tier}
                  </span>
                ) : null}
              </th>
              <td>
                <Count value={line.tokens} />
              </td>
              <td>× {line.usd_per_million}</td>
              <td>{exactMoney(line.cost_usd)}</td>
            </tr>
          ))}
          {Number(detail.unexplained_usd) > 0 ? (
            <tr>
              <th scope="row" colSpan={3}>
                Calls that are not priced by tokens
              </th>
              <td>{exactMoney(detail.unexplained_usd)}</td>
            </tr>
          ) : null}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row" colSpan={3}>
              Sum{total.unpriced > 0 ? " (unknown while a call has no price)" : ""}
            </th>
            <td>
              <Money usd={total.cost_usd} exact />
            </td>
          </tr>
        </tfoot>
      </table>
    </section>
  );
}

function Attempt({ row, title }: { row: LedgerRow; title: string }) {
  return (
    <section className={styles.attempt} aria-label={title}>
      <header className={styles.head}>
        <div>
          <h3 className={styles.title}>
            {formatModel(row.provider, row.response_model || row.model)}
          </h3>
          <p className={styles.sub}>
            {title}
            {row.service_tier ? `, service tier ${row.service_tier}` : ""}
            {row.status_code > 0 ? `, HTTP ${row.status_code}` : ""}
          </p>
        </div>
        <Badge tone={TONES[row.price_source] ?? "neutral"}>{sourceText(row.price_source)}</Badge>
      </header>
      {row.price_lines.length > 0 ? (
        <table className={styles.lines} aria-label={`Price of ${formatModel(row.provider, row.model)}`}>
          <thead>
            <tr>
              <th scope="col">Bucket</th>
              <th scope="col">Tokens</th>
              <th scope="col">$ per million</th>
              <th scope="col">Cost</th>
            </tr>
          </thead>
          <tbody>
            {row.price_lines.map((line) => (
              <tr key={`${line.bucket} ${line.usd_per_million}`}>
                <th scope="row">{BUCKET_NAMES[line.bucket] ?? line.bucket}</th>
                <td>
                  <Count value={line.tokens} />
                </td>
                <td>× {line.usd_per_million}</td>
                <td>{exactMoney(line.cost_usd)}</td>
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row" colSpan={3}>
                Sum
              </th>
              <td>
                <Money usd={row.cost_usd} exact />
              </td>
            </tr>
          </tfoot>
        </table>
      ) : (
        <div className={styles.unpriced}>
          {row.cost_usd === null ? (
            <Notice tone="warn">
              The cost is unknown{row.formula ? `: ${row.formula}` : ""}. It counts as unpriced in every sum, never as zero.
            </Notice>
          ) : (
            <p className={styles.sub}>
              <Money usd={row.cost_usd} exact />: {sourceText(row.price_source).toLowerCase()}.
            </p>
          )}
        </div>
      )}
      <dl className={styles.origin}>
        <div>
          <dt>Tokens counted by</dt>
          <dd>{row.usage_source === "provider" ? "the provider" : row.usage_source === "estimated" ? "estimate" : "nobody"}</dd>
        </div>
        {row.price_version ? (
          <div>
            <dt>Price book</dt>
            <dd>{row.price_version}</dd>
          </div>
        ) : null}
        {row.formula && row.cost_usd !== null ? (
          <div>
            <dt>Formula</dt>
            <dd>
              <code>{row.formula}</code>
            </dd>
          </div>
        ) : null}
      </dl>
    </section>
  );
}
