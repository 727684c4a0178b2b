import { ScrollText, Search } from "lucide-react";
import { useDeferredValue, useEffect, useMemo, useRef, useState } from "react";

import { useRight, useSession } from "@/api/session";
import { ErrorView } from "@/app/ErrorView";
import { NoRight } from "@/app/NoRight";
import { useView } from "@/app/scope";
import { useShortcuts } from "@/app/shortcuts";
import { Badge, type Tone } from "@/design/Badge";
import { Button } from "@/design/Button";
import { EmptyState } from "@/design/EmptyState";
import { Input } from "@/design/Field";
import { DateTime } from "@/design/Figures";
import { Page } from "@/design/Page";
import { Select } from "@/design/Select";
import { SkeletonRows } from "@/design/Skeleton";
import type { Column } from "@/design/Table";
import { VirtualTable } from "@/design/VirtualTable";

import { fits, subjectOf, wordsOf, type ActionWords } from "./action";
import styles from "./AuditLog.module.css";
import { EntryDialog } from "./EntryDialog";
import { useAudit, type AuditEntry } from "./queries";

const ALL = "*";
const ENOUGH = 60;

interface AuditLogProps {
  /** Null for the whole organisation. */
  project: string | null;
}

/** Every change, newest first. Filters look at what has been loaded, and load on while they find too little. */
export function AuditLog({ project }: AuditLogProps) {
  const admin = useRight("admin");
  const [view, setView] = useView();
  const audit = useAudit(project, admin.allowed);
  const search = useRef<HTMLInputElement>(null);
  const text = view.get("q") ?? "";
  const about = view.get("about") ?? "";
  const actor = view.get("actor") ?? "";
  const sought = useDeferredValue(text);
  const loaded = useMemo(() => audit.data?.pages.flatMap((page) => page.items) ?? [], [audit.data]);
  const rows = useMemo(() => loaded.filter((entry) => fits(entry, { about, actor, text: sought })), [loaded, about, actor, sought]);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = audit;
  const isFiltered = text !== "" || about !== "" || actor !== "";

  useEffect(() => {
    if (isFiltered && rows.length < ENOUGH && hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [isFiltered, rows.length, hasNextPage, isFetchingNextPage, fetchNextPage]);

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
  const open = loaded.find((entry) => entry.id === view.get("entry")) ?? null;
  return (
    <Page
      title={project === null ? "Audit log of the organisation" : "Audit log"}
      layout="fill"
      actions={
        <>
          <AboutPicker entries={loaded} value={about} onChange={(next) => setView({ about: next })} />
          <ActorPicker entries={loaded} value={actor} onChange={(next) => setView({ actor: next })} />
          <Input ref={search} type="search" aria-label="Search the audit log" className={styles.search} prefix={<Search />} placeholder="Search" value={text} onChange={(event) => setView({ q: event.target.value })} />
        </>
      }
    >
      {admin.reason !== null ? (
        <NoRight title="The audit log is for administrators" reason={admin.reason} />
      ) : audit.error ? (
        <ErrorView error={audit.error} onRetry={() => void audit.refetch()} />
      ) : audit.isPending ? (
        <SkeletonRows rows={12} />
      ) : rows.length === 0 && !isFetchingNextPage ? (
        <Nothing isFiltered={isFiltered} onClear={() => setView({ q: null, about: null, actor: null })} />
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
      {open ? <EntryDialog entry={open} onClose={() => setView({ entry: null })} /> : null}
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

interface PickerProps {
  entries: readonly AuditEntry[];
  value: string;
  onChange: (value: string | null) => void;
}

function AboutPicker({ entries, value, onChange }: PickerProps) {
  const subjects = [...new Set([...entries.map((entry) => subjectOf(entry.action)), ...(value === "" ? [] : [value])])].sort();
  return (
    <Select
      aria-label="About"
      prefix="About"
      value={value || ALL}
      options={[{ value: ALL, label: "everything" }, ...subjects.map((subject) => ({ value: subject, label: subject.replaceAll("_", " ") }))]}
      onChange={(next) => onChange(next === ALL ? null : next)}
    />
  );
}

function ActorPicker({ entries, value, onChange }: PickerProps) {
  const { user } = useSession();
  const actors = new Map(entries.map((entry) => [entry.actor.id, entry.actor.name]));
  if (value !== "" && !actors.has(value)) actors.set(value, value);
  return (
    <Select
      aria-label="By"
      prefix="By"
      value={value || ALL}
      options={[{ value: ALL, label: "everybody" }, ...[...actors].map(([id, name]) => ({ value: id, label: name, hint: id === user.id ? "you" : "" }))]}
      onChange={(next) => onChange(next === ALL ? null : next)}
    />
  );
}

function Nothing({ isFiltered, onClear }: { isFiltered: boolean; onClear: () => void }) {
  if (isFiltered) {
    return (
      <EmptyState icon={<Search />} title="No entry fits" action={<Button onClick={onClear}>Clear filters</Button>}>
        <p>All entries were looked through.</p>
      </EmptyState>
    );
  }
  return (
    <EmptyState icon={<ScrollText />} title="Nothing was changed yet">
      <p>Every change, by a person, a key or Trimtab itself, leaves an entry here that nobody can alter.</p>
    </EmptyState>
  );
}
