import { Badge, type Tone } from "@/design/Badge";
import { Count, Money } from "@/design/Figures";
import { exactMoney } from "@/design/format";
import { Notice } from "@/design/Notice";

import styles from "./Cost.module.css";
import { BUCKET_NAMES, sourceText } from "./price";
import type { LedgerRow } from "./queries";

interface CostProps {
  ledger: readonly LedgerRow[];
  total: string | null;
}

const TONES: Record<string, Tone> = { provider: "ok", estimated: "warn", none: "bad" };

/** Why the cost is what it is: each attempt, each bucket of tokens, its price, and the sum. */
export function Cost({ ledger, total }: CostProps) {
  if (ledger.length === 0) {
    return <p className={styles.nothing}>No provider was asked, so nothing was billed.</p>;
  }
  return (
    <div className={styles.cost}>
      {ledger.map((row, index) => (
        <Attempt key={row.span_id} row={row} title={ledger.length > 1 ? `Attempt ${index + 1} of ${ledger.length}` : "One attempt"} />
      ))}
      {ledger.length > 1 ? (
        <p className={styles.total}>
          All attempts together <Money usd={total} exact />
        </p>
      ) : null}
    </div>
  );
}

function Attempt({ row, title }: { row: LedgerRow; title: string }) {
  return (
    <section className={styles.attempt} aria-label={title}>
      <header className={styles.head}>
        <div>
          <h3 className={styles.title}>
            {row.provider}/{row.response_model || row.model}
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
        <table className={styles.lines} aria-label={`Price of ${row.provider}/${row.model}`}>
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
