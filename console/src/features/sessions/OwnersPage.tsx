import type { ReactNode } from "react";

import { ErrorView } from "@/app/ErrorView";
import { LongerRange } from "@/app/LongerRange";
import { RangePicker } from "@/app/ScopeBar";
import { useScope, useView } from "@/app/scope";
import { useShortcuts } from "@/app/shortcuts";
import { Button } from "@/design/Button";
import { EmptyState } from "@/design/EmptyState";
import { formatMoney } from "@/design/format";
import { Page } from "@/design/Page";
import type { Range } from "@/design/range";
import { SkeletonRows } from "@/design/Skeleton";
import { Table, type Column } from "@/design/Table";
import { WhySum } from "@/features/costs/WhySum";
import { filterText, queryChanges, readFilter } from "@/features/traces/filter";
import { QueryBar } from "@/features/traces/QueryBar";

import styles from "./OwnersPage.module.css";

interface Pages<Row> {
  data: { pages: { items: Row[] }[] } | undefined;
  error: Error | null;
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  fetchNextPage: () => unknown;
  refetch: () => unknown;
}

interface OwnersPageProps<Row> {
  title: string;
  usePages: (range: Range, filter: string) => Pages<Row>;
  columns: readonly Column<Row>[];
  rowKey: (row: Row) => string;
  onOpen: (row: Row) => void;
  icon: ReactNode;
  /** What to do so that some appear. */
  howTo: ReactNode;
}

/** A list of whom calls belong to, found by a query over the calls. */
export function OwnersPage<Row>({ title, usePages, columns, rowKey, onOpen, icon, howTo }: OwnersPageProps<Row>) {
  const { range, setRange } = useScope();
  const [view, change] = useView();
  const filter = readFilter(view);
  useShortcuts({ "/": () => document.getElementById("trace-search")?.focus() });
  const pages = usePages(range, filterText(filter));
  const rows = pages.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Page title={title} layout="fill" actions={<RangePicker />}>
      <div className={styles.bar} role="search" aria-label={`Filter ${title.toLowerCase()}`}>
        <QueryBar query={filter.query} onChange={(query) => change(queryChanges(query))} />
      </div>
      {pages.error && !pages.data ? (
        <ErrorView error={pages.error} onRetry={() => void pages.refetch()} />
      ) : !pages.data ? (
        <SkeletonRows rows={12} />
      ) : rows.length === 0 ? (
        <EmptyState icon={icon} title={`No ${title.toLowerCase()} in this range`} action={<LongerRange range={range} onChange={setRange} />}>
          {howTo}
        </EmptyState>
      ) : (
        <div className={styles.list}>
          <Table label={title} columns={columns} rows={rows} rowKey={rowKey} onRowClick={onOpen} />
          {pages.hasNextPage ? (
            <p className={styles.more}>
              <Button onClick={() => void pages.fetchNextPage()} disabledReason={pages.isFetchingNextPage && "Loading more…"}>
                Show more
              </Button>
            </p>
          ) : null}
        </div>
      )}
    </Page>
  );
}

/** What some calls cost together; says so when some of them have no known price. */
export function Spent({ usd, unpriced, by, value }: { usd: string | null; unpriced: number; by: "session" | "user"; value: string }) {
  const { range } = useScope();
  const [view] = useView();
  return (
    <WhySum title={`Cost of ${value}`} range={range} of="traces" filter={filterText(readFilter(view))} by={[by]} values={[value]}>
      {usd === null ? (
        <span className={styles.none}>unknown</span>
      ) : (
        <span title={unpriced ? `without ${unpriced} requests that have no known price` : undefined}>
          {formatMoney(usd)}
          {unpriced ? <span className={styles.none}> +?</span> : null}
        </span>
      )}
    </WhySum>
  );
}
