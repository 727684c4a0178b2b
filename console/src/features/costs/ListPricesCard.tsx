import { useRef } from "react";

import { describeError } from "@/api/error";
import { useProject, useRight } from "@/api/session";
import { ErrorView } from "@/app/ErrorView";
import { Badge, type Tone } from "@/design/Badge";
import { Button } from "@/design/Button";
import { Card } from "@/design/Card";
import { DateTime } from "@/design/Figures";
import { Notice } from "@/design/Notice";
import { SkeletonRows } from "@/design/Skeleton";
import { Table, type Column } from "@/design/Table";
import { useToast } from "@/design/Toast";

import styles from "./Costs.module.css";
import { termName } from "./price";
import { useAcceptListPrices, useCompareListPrices, useListPrices, type BookDifference, type ListPrices, type PriceChange } from "./queries";

const LARGEST_BYTES = 20_000_000;

/** Which list prices hold, and newer ones: first what they change, then, when it is wanted, the change. */
export function ListPricesCard() {
  const project = useProject();
  const admin = useRight("admin");
  const toast = useToast();
  const found = useListPrices(project.id);
  const compare = useCompareListPrices(project.id);
  const accept = useAcceptListPrices(project.id);
  const chooser = useRef<HTMLInputElement>(null);
  const look = (body: { content: string | null; name: string }) => {
    accept.reset();
    compare.mutate(body);
  };
  const take = async (file: File | undefined) => {
    if (!file) return;
    if (file.size > LARGEST_BYTES) toast.failed("The file has more than 20 MB");
    else look({ content: await file.text(), name: file.name.replace(/\.json$/, "") });
  };
  const apply = (difference: BookDifference) =>
    accept.mutate(
      { content: compare.variables?.content ?? null, name: compare.variables?.name ?? "", expected_version: difference.from_version },
      {
        onSuccess: (answer) => {
          compare.reset();
          toast.done(`Calls are priced by ${answer.to_version} from now on`, "The past keeps its prices until it is priced again.");
        },
      },
    );
  return (
    <Card
      title="List prices"
      description="What calls cost where you have set nothing. New ones take effect when you accept them, never by an upgrade alone."
      actions={
        <>
          <input
            ref={chooser}
            type="file"
            accept=".json,application/json"
            aria-label="File of base data"
            className="visually-hidden"
            tabIndex={-1}
            onChange={(event) => {
              void take(event.target.files?.[0]);
              event.target.value = "";
            }}
          />
          <Button busy={compare.isPending} onClick={() => chooser.current?.click()}>
            Compare with a file
          </Button>
        </>
      }
    >
      <div className={styles.repricing}>
        {found.error ? <ErrorView error={found.error} onRetry={() => void found.refetch()} /> : !found.data ? <SkeletonRows rows={1} /> : <InForce found={found.data} busy={compare.isPending} onCompare={() => look({ content: null, name: "" })} />}
        {compare.error ? <Notice tone="bad">{describeError(compare.error)}</Notice> : null}
        {accept.error ? <Notice tone="bad">{describeError(accept.error)}</Notice> : null}
        {compare.data ? (
          <>
            <Notice
              action={
                compare.data.models.length === 0 ? null : (
                  <Button variant="primary" size="sm" busy={accept.isPending} disabledReason={admin.reason} onClick={() => apply(compare.data)}>
                    Accept {compare.data.to_version}
                  </Button>
                )
              }
            >
              {summary(compare.data)}
            </Notice>
            {compare.data.models.length > 0 ? (
              <div className={styles.frame}>
                <Table label="Changes of list prices" rows={compare.data.models} rowKey={(row) => `${row.provider}/${row.model}`} columns={COLUMNS} />
              </div>
            ) : null}
          </>
        ) : null}
      </div>
    </Card>
  );
}

function InForce({ found, busy, onCompare }: { found: ListPrices; busy: boolean; onCompare: () => void }) {
  return (
    <>
      <p>
        <strong className={styles.name}>{found.version}</strong>{" "}
        <span className={styles.quiet}>
          {found.accepted_at === null ? (
            "since the project was made"
          ) : (
            <>
              since <DateTime at={found.accepted_at} />, by {found.accepted_by}
            </>
          )}
        </span>
      </p>
      {found.is_current ? null : (
        <Notice
          action={
            <Button size="sm" busy={busy} onClick={onCompare}>
              Show what changes
            </Button>
          }
        >
          The installed package has {found.installed_version}.
        </Notice>
      )}
    </>
  );
}

const TONES: Record<PriceChange["change"], Tone> = { added: "ok", removed: "bad", changed: "accent" };

const COLUMNS: Column<PriceChange>[] = [
  {
    key: "model",
    header: "Model",
    width: "260px",
    cell: (row) => (
      <span className={styles.model}>
        <strong>{row.model}</strong>
        <span>{row.provider}</span>
      </span>
    ),
  },
  { key: "change", header: "Change", width: "110px", cell: (row) => <Badge tone={TONES[row.change]}>{row.change}</Badge> },
  {
    key: "terms",
    header: "Price, in dollars per million tokens",
    cell: (row) => (
      <ul className={styles.terms}>
        {row.terms.map((term) => (
          <li key={term.what}>
            {termName(term.what)}: {term.before ?? "none"} → {term.after ?? "none"}
          </li>
        ))}
      </ul>
    ),
  },
];

function summary(found: BookDifference): string {
  if (found.models.length === 0) return `${found.to_version} has the same prices as ${found.from_version}.`;
  return `From ${found.from_version} to ${found.to_version}: ${found.added} models added, ${found.removed} removed, ${found.changed} with another price.`;
}
