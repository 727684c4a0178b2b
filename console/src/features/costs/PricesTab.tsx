import { CircleDollarSign } from "lucide-react";
import { useState } from "react";

import { describeError } from "@/api/error";
import { useProject, useRight } from "@/api/session";
import { ErrorView } from "@/app/ErrorView";
import { Badge, type Tone } from "@/design/Badge";
import { Button } from "@/design/Button";
import { Card } from "@/design/Card";
import { Confirm } from "@/design/Dialog";
import { EmptyState } from "@/design/EmptyState";
import { Checkbox } from "@/design/Field";
import { DateTime } from "@/design/Figures";
import { Notice } from "@/design/Notice";
import { SkeletonRows } from "@/design/Skeleton";
import { Table, type Column } from "@/design/Table";
import { useToast } from "@/design/Toast";

import styles from "./Costs.module.css";
import { ExplainCard } from "./ExplainCard";
import { ListPricesCard } from "./ListPricesCard";
import { stateOf, termsOf, type State } from "./price";
import { useEndPrice, usePrices, type Price } from "./queries";

/** The project's own prices, and what a call would cost by them. */
export function PricesTab() {
  const project = useProject();
  const admin = useRight("admin");
  const [withEnded, setWithEnded] = useState(false);
  const [ending, setEnding] = useState<Price | null>(null);
  const found = usePrices(project.id, withEnded);
  const items = found.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <div className={styles.stack}>
      <Card
        title="Own prices"
        description="They win over the list prices from the moment they begin. None is ever altered: the next one closes it."
        actions={<Checkbox label="Ended ones, too" checked={withEnded} onChange={(event) => setWithEnded(event.target.checked)} />}
        flush
      >
        {found.error ? (
          <ErrorView error={found.error} onRetry={() => void found.refetch()} />
        ) : found.isPending ? (
          <SkeletonRows rows={3} />
        ) : items.length === 0 ? (
          <EmptyState icon={<CircleDollarSign />} title="Calls cost what the lists say">
            <p>Set a price for a model of your own, for a service tier that has none, or a discount that you negotiated.</p>
          </EmptyState>
        ) : (
          <Table label="Own prices" rows={items} rowKey={(row) => row.id} columns={columns(admin.reason, setEnding)} />
        )}
        {found.hasNextPage ? (
          <Button variant="ghost" busy={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
            Show older prices
          </Button>
        ) : null}
      </Card>
      <ListPricesCard />
      <ExplainCard />
      {ending ? <EndDialog price={ending} onClose={() => setEnding(null)} /> : null}
    </div>
  );
}

const TONES: Record<State, Tone> = { "in force": "ok", coming: "accent", ended: "neutral" };

function columns(reason: string | null, onEnd: (price: Price) => void): Column<Price>[] {
  const now = new Date();
  return [
    {
      key: "model",
      header: "Model",
      width: "190px",
      cell: (row) => (
        <span className={styles.model}>
          <strong>{row.model}</strong>
          <span>{row.provider || row.provider_kind || "any provider"}</span>
        </span>
      ),
    },
    { key: "tier", header: "Tier", width: "100px", cell: (row) => (row.service_tier === "*" ? "any" : row.service_tier) },
    {
      key: "terms",
      header: "Price, in dollars per million tokens",
      cell: (row) => (
        <ul className={styles.terms}>
          {termsOf(row).map((part) => (
            <li key={part}>{part}</li>
          ))}
        </ul>
      ),
    },
    {
      key: "state",
      header: "State",
      width: "100px",
      cell: (row) => (
        <Badge tone={TONES[stateOf(row, now)]} dot>
          {stateOf(row, now)}
        </Badge>
      ),
    },
    { key: "from", header: "From", width: "150px", hideBelow: 1100, cell: (row) => <DateTime at={row.valid_from} /> },
    { key: "to", header: "To", width: "150px", hideBelow: 1500, cell: (row) => <DateTime at={row.valid_to} /> },
    { key: "by", header: "Set by", width: "120px", hideBelow: 1400, cell: (row) => <span title={row.note}>{row.created_by}</span> },
    {
      key: "actions",
      header: <span className="visually-hidden">Actions</span>,
      width: "80px",
      align: "end",
      cell: (row) =>
        stateOf(row, now) === "ended" ? null : (
          <Button size="sm" variant="ghost" disabledReason={reason} aria-label={`End the price of ${row.model}`} onClick={() => onEnd(row)}>
            End
          </Button>
        ),
    },
  ];
}

function EndDialog({ price, onClose }: { price: Price; onClose: () => void }) {
  const project = useProject();
  const toast = useToast();
  const end = useEndPrice(project.id);
  return (
    <Confirm
      open
      onOpenChange={onClose}
      title={`End the price of ${price.model}?`}
      description="New calls cost what the lists say, or nothing is known of their cost. What was priced by it stays."
      action="End price"
      busy={end.isPending}
      onConfirm={() =>
        end.mutate(price.id, {
          onSuccess: () => {
            toast.done(`Ended the price of ${price.model}`);
            onClose();
          },
        })
      }
    >
      {end.error ? <Notice tone="bad">{describeError(end.error)}</Notice> : null}
    </Confirm>
  );
}
