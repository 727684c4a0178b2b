import { CircleCheck } from "lucide-react";

import { useProject, useRight } from "@/api/session";
import { ErrorView } from "@/app/ErrorView";
import { useScope, useView } from "@/app/scope";
import { Button } from "@/design/Button";
import { Card } from "@/design/Card";
import { EmptyState } from "@/design/EmptyState";
import { Count, RelativeTime, Tokens } from "@/design/Figures";
import { formatModel } from "@/design/format";
import { rangeLabel, toLocalInput } from "@/design/range";
import { SkeletonRows } from "@/design/Skeleton";
import { Table, type Column } from "@/design/Table";
import { useKinds, useProviders } from "@/features/providers/queries";

import styles from "./Costs.module.css";
import { TIERS, whoseOf } from "./price";
import { useUnpriced, type Unpriced } from "./queries";
import { RepriceCard } from "./RepriceCard";

/** What has no price in the range, with a way to give it one, and the past by other prices. */
export function UnpricedTab() {
  const project = useProject();
  const admin = useRight("admin");
  const { range } = useScope();
  const [, setView] = useView();
  const found = useUnpriced(project.id, range);
  const providers = useProviders(project.id);
  const kinds = useKinds();
  const price = (row: Unpriced) =>
    setView({ new: "price", model: row.response_model || row.model, tier: tierOf(row), whose: whoseOf(row, providers.data ?? [], kinds.data ?? []), since: toLocalInput(minuteBefore(row.first_at)) });
  return (
    <div className={styles.stack}>
      <Card title="Calls without a price" description={`Their cost is unknown, and never counted as zero. ${rangeLabel(range)}.`} flush>
        {found.error ? (
          <ErrorView error={found.error} onRetry={() => void found.refetch()} />
        ) : !found.data ? (
          <SkeletonRows rows={3} />
        ) : found.data.length === 0 ? (
          <EmptyState icon={<CircleCheck />} title="Every call has a price">
            <p>Whatever gets none stands here, by model, with the reason.</p>
          </EmptyState>
        ) : (
          <Table
            label="Calls without a price"
            rows={found.data}
            rowKey={(row) => [row.provider, row.model, row.response_model, row.service_tier].join(" ")}
            columns={columns(admin.reason, price)}
          />
        )}
      </Card>
      <RepriceCard />
    </div>
  );
}

/** The tier to set a price for; what the form does not offer is any of them. */
function tierOf(row: Unpriced): string | null {
  if (row.service_tier === "" || row.service_tier === "default") return null;
  return TIERS.find((each) => each.value === row.service_tier)?.value ?? "*";
}

function minuteBefore(at: string): Date {
  return new Date(new Date(at).getTime() - 60_000);
}

function columns(reason: string | null, onPrice: (row: Unpriced) => void): Column<Unpriced>[] {
  return [
    {
      key: "model",
      header: "Model",
      cell: (row) => (
        <span className={styles.model}>
          <strong>
            {formatModel(row.provider, row.response_model || row.model)}
          </strong>
          <span>{row.reason.replace(/^unknown: /, "")}</span>
        </span>
      ),
    },
    { key: "tier", header: "Tier", width: "90px", hideBelow: 1100, cell: (row) => row.service_tier || "standard" },
    { key: "requests", header: "Requests", width: "100px", align: "end", cell: (row) => <Count value={row.requests} /> },
    { key: "input", header: "Input", width: "100px", align: "end", hideBelow: 900, cell: (row) => <Tokens count={row.input_tokens} compact /> },
    { key: "output", header: "Output", width: "100px", align: "end", hideBelow: 900, cell: (row) => <Tokens count={row.output_tokens} compact /> },
    { key: "last", header: "Last", width: "110px", hideBelow: 1100, cell: (row) => <RelativeTime at={row.last_at} /> },
    {
      key: "actions",
      header: <span className="visually-hidden">Actions</span>,
      width: "120px",
      align: "end",
      cell: (row) => (
        <Button
          size="sm"
          disabledReason={row.without_usage === row.attempts ? "Nobody knows the tokens of these calls: no price helps." : reason}
          aria-label={`Set a price for ${row.model}`}
          onClick={() => onPrice(row)}
        >
          Set a price
        </Button>
      ),
    },
  ];
}
