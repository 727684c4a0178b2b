import { ScrollText, Search } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";

import { useRight } from "@/api/session";
import { ErrorView } from "@/app/ErrorView";
import { NoRight } from "@/app/NoRight";
import { useView } from "@/app/scope";
import { useShortcuts } from "@/app/shortcuts";
import { Badge, type Tone } from "@/design/Badge";
import { Button } from "@/design/Button";
import { EmptyState } from "@/design/EmptyState";
import { DateTime } from "@/design/Figures";
import { Page } from "@/design/Page";
import { spanMs } from "@/design/range";
import { SkeletonRows } from "@/design/Skeleton";
import type { Column } from "@/design/Table";
import { VirtualTable } from "@/design/VirtualTable";

import { wordsOf, type ActionWords } from "./action";
import { AuditFilters } from "./AuditFilters";
import styles from "./AuditLog.module.css";
import { EntryDialog } from "./EntryDialog";
import { useAudit, type AuditEntry, type AuditFilter } from "./queries";

/** The parts of the address that narrow the list down. */
const FILTERS = ["q", "about", "actor", "subject", "when"] as const;

/** How long somebody must have stopped typing before the server is asked. */
const SETTLED_MS = 200;

interface AuditLogProps {
  /** Null for the whole organisation. */
  project: string | null;
}

/** Every change, newest first. The server searches; a page more is loaded when the end of the list comes into view. */
export function AuditLog({ project }: AuditLogProps) {
  const admin = useRight("admin");
  const [view, setView] = useView();
  const search = useRef<HTMLInputElement>(null);
  const filter = useAuditFilter(view);
  const audit = useAudit(project, filter, admin.allowed);
  const rows = useMemo(() => audit.data?.pages.flatMap((page) => page.items) ?? [], [audit.data]);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = audit;
  const isFiltered = FILTERS.some((name) => view.has(name));

  const [active, setActive] = useState(-1);
  const step = (by: 1 | -1) => setActive(Math.max(0, Math.min(rows.length - 1, active + by)));
  const show = (entry: AuditEntry | undefined) => {
    if (entry) setView({ entry: entry.id });
  };
  useShortcuts({
    "/": () => search.current?.focus(),
    j: () => step(1),
    k: () => step(-1),
    arrowdown: () => step(1),
    arrowup: () => step(-1),
    enter: () => show(rows[active]),
  });
  const open = rows.find((entry) => entry.id === view.get("entry")) ?? null;
  return (
    <Page
      title={project === null ? "Audit log of the organisation" : "Audit log"}
      layout="fill"
      actions={admin.allowed ? <AuditFilters project={project} seen={rows} search={search} /> : null}
    >
      {admin.reason !== null ? (
        <NoRight title="The audit log is for administrators" reason={admin.reason} />
      ) : audit.error ? (
        <ErrorView error={audit.error} onRetry={() => void audit.refetch()} />
      ) : audit.isPending ? (
        <SkeletonRows rows={12} />
      ) : rows.length === 0 && !isFetchingNextPage ? (
        <Nothing isFiltered={isFiltered} onClear={() => setView(Object.fromEntries(FILTERS.map((name) => [name, null])))} />
      ) : (
        <VirtualTable
          label="Audit entries"
          columns={columns(show)}
          rows={rows}
          rowKey={(row) => row.id}
          active={active}
          onRowClick={(row, index) => {
            setActive(index);
            show(row);
          }}
          onEndReached={() => {
            if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
          }}
          footer={isFetchingNextPage ? <SkeletonRows rows={2} /> : undefined}
        />
      )}
      {open ? <EntryDialog entry={open} onClose={() => setView({ entry: null })} onSubject={() => setView({ entry: null, subject: open.subject })} /> : null}
    </Page>
  );
}

const TONES: Record<ActionWords["tone"], Tone> = { create: "ok", change: "neutral", remove: "bad", release: "accent", access: "violet" };

function columns(onOpen: (entry: AuditEntry) => void): Column<AuditEntry>[] {
  return [
    { key: "at", header: "When", width: "170px", cell: (row) => <DateTime at={row.at} /> },
    {
      key: "actor",
      header: "Who",
      width: "160px",
      cell: (row) => (
        <span title={`${row.actor.kind} ${row.actor.id}`}>
          {row.actor.name} {row.actor.kind === "user" ? null : <span className={styles.kind}>{row.actor.kind}</span>}
        </span>
      ),
    },
    {
      key: "action",
      header: "Action",
      width: "220px",
      cell: (row) => {
        const { noun, verb, tone } = wordsOf(row.action);
        return (
          <button type="button" className={styles.open} aria-label={`Details of ${row.action}`} onClick={() => onOpen(row)}>
            <Badge tone={TONES[tone]}>{verb}</Badge> {noun}
          </button>
        );
      },
    },
    { key: "summary", header: "What", width: "minmax(240px, 1fr)", cell: (row) => <span title={row.summary}>{row.summary}</span> },
    { key: "subject", header: "Id", width: "230px", hideBelow: 1280, cell: (row) => <code className={styles.subject}>{row.subject}</code> },
  ];
}

function Nothing({ isFiltered, onClear }: { isFiltered: boolean; onClear: () => void }) {
  if (isFiltered) {
    return (
      <EmptyState icon={<Search />} title="No entry fits" action={<Button onClick={onClear}>Clear filters</Button>}>
        <p>The whole log was searched.</p>
      </EmptyState>
    );
  }
  return (
    <EmptyState icon={<ScrollText />} title="Nothing was changed yet">
      <p>Every change, by a person, a key or Trimtab itself, leaves an entry here that nobody can alter.</p>
    </EmptyState>
  );
}

/** What the address asks for; what is being typed counts once it has not changed for a moment. */
function useAuditFilter(view: URLSearchParams): AuditFilter {
  const of = (name: string) => view.get(name) ?? "";
  const when = of("when");
  return {
    action: of("about"),
    actor: of("actor"),
    subject: of("subject"),
    q: useSettled(of("q")),
    range: spanMs(when) === null ? null : { kind: "last", span: when },
  };
}

/** A text once it has not changed for a moment. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = window.setTimeout(() => setSettled(text), SETTLED_MS);
    return () => window.clearTimeout(timer);
  }, [text]);
  return settled;
}
