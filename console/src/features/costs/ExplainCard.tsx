import { useDeferredValue, useState } from "react";

import { describeError } from "@/api/error";
import { useProject } from "@/api/session";
import { Card } from "@/design/Card";
import { Field, Input } from "@/design/Field";
import { Count, Money } from "@/design/Figures";
import { exactMoney } from "@/design/format";
import { Notice } from "@/design/Notice";
import { Select } from "@/design/Select";
import { Table, type Column } from "@/design/Table";
import { useKinds, useProviders } from "@/features/providers/queries";
import { BUCKET_NAMES } from "@/features/traces/price";

import styles from "./Costs.module.css";
import { TIERS } from "./price";
import { useQuote, type Question, type Quote } from "./queries";

const ASKED = [
  ["input_uncached", "1000"],
  ["cache_read", ""],
  ["output_text", "200"],
] as const;

type Line = Quote["lines"][number];

const COLUMNS: Column<Line>[] = [
  { key: "bucket", header: "Bucket", cell: (row) => BUCKET_NAMES[row.bucket] ?? row.bucket },
  { key: "tokens", header: "Tokens", align: "end", cell: (row) => <Count value={row.tokens} /> },
  { key: "rate", header: "$ per million", align: "end", cell: (row) => `× ${row.usd_per_million}` },
  { key: "cost", header: "Cost", align: "end", cell: (row) => exactMoney(row.cost_usd) },
];

/** What a call would cost now, and why: its buckets, their rates, and the sum. */
export function ExplainCard() {
  const project = useProject();
  const kinds = useKinds();
  const providers = useProviders(project.id);
  const [whose, setWhose] = useState("kind:openai");
  const [model, setModel] = useState("gpt-5");
  const [tier, setTier] = useState("standard");
  const [tokens, setTokens] = useState<Record<string, string>>(Object.fromEntries(ASKED));
  const question = useDeferredValue(questionOf(whose, model, tier, tokens));
  const quote = useQuote(project.id, question);
  return (
    <Card title="What would a call cost?" description="By your prices, and the list prices beneath them.">
      <div className={styles.explain}>
        <div className={styles.asked}>
          <Field label="Provider">
            {(control) => <Select {...control} value={whose} onChange={setWhose} options={whoseOptions(kinds.data ?? [], providers.data ?? [])} />}
          </Field>
          <Field label="Model">{(control) => <Input {...control} mono spellCheck={false} value={model} onChange={(event) => setModel(event.target.value)} />}</Field>
          <Field label="Service tier">{(control) => <Select {...control} value={tier} onChange={setTier} options={TIERS.filter((each) => each.value !== "*")} />}</Field>
          {ASKED.map(([bucket]) => (
            <Field key={bucket} label={BUCKET_NAMES[bucket] ?? bucket}>
              {(control) => (
                <Input
                  {...control}
                  mono
                  inputMode="numeric"
                  suffix="tokens"
                  placeholder="0"
                  value={tokens[bucket] ?? ""}
                  onChange={(event) => setTokens({ ...tokens, [bucket]: event.target.value.replace(/\D/g, "").slice(0, 9) })}
                />
              )}
            </Field>
          ))}
        </div>
        {quote.error ? <Notice tone="bad">{describeError(quote.error)}</Notice> : quote.data ? <Found quote={quote.data} /> : null}
      </div>
    </Card>
  );
}

function Found({ quote }: { quote: Quote }) {
  return (
    <div className={styles.found} aria-live="polite">
      <p className={styles.sum}>
        <Money usd={quote.cost_usd} exact />
        <span>{quote.version ? `by ${quote.version}` : ""}</span>
      </p>
      {quote.lines.length > 0 ? (
        <Table label="Lines of the price" rows={quote.lines} rowKey={(row) => `${row.bucket} ${row.usd_per_million}`} columns={COLUMNS} />
      ) : (
        <p className={styles.quiet}>{quote.formula}</p>
      )}
    </div>
  );
}

/** Providers by name, then kinds, as a choice. */
export function whoseOptions(kinds: readonly { kind: string; title: string }[], providers: readonly { name: string; kind: string }[]) {
  return [
    ...providers.map((each) => ({ value: `name:${each.name}`, label: each.name, hint: each.kind })),
    ...kinds.map((each) => ({ value: `kind:${each.kind}`, label: `Any ${each.title}` })),
  ];
}

function questionOf(whose: string, model: string, tier: string, tokens: Record<string, string>): Question | null {
  const [kind, name = ""] = whose.split(":", 2);
  if (model.trim() === "") return null;
  return {
    provider_kind: kind === "kind" ? name : "",
    provider: kind === "name" ? name : "",
    model: model.trim(),
    service_tier: tier,
    ...Object.fromEntries(ASKED.map(([bucket]) => [bucket, Number(tokens[bucket] ?? "") || 0])),
  } as Question;
}
