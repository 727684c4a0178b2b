import { CalendarClock, Search, X } from "lucide-react";
import type { Ref } from "react";

import { useSession } from "@/api/session";
import { useView } from "@/app/scope";
import { Button } from "@/design/Button";
import { Input } from "@/design/Field";
import { Select } from "@/design/Select";
import { useApiKeys } from "@/features/keys/queries";
import { useMembers } from "@/features/members/queries";

import { SUBJECTS } from "./action";
import styles from "./AuditLog.module.css";
import type { AuditEntry } from "./queries";

const ALL = "*";

interface AuditFiltersProps {
  /** Null for the whole organisation. */
  project: string | null;
  /** Who acted in the entries at hand: somebody who has left the organisation is known from there alone. */
  seen: readonly AuditEntry[];
  search: Ref<HTMLInputElement>;
}

/** What the list is narrowed down by; all of it stands in the address. */
export function AuditFilters({ project, seen, search }: AuditFiltersProps) {
  const [view, setView] = useView();
  const of = (name: string) => view.get(name) ?? "";
  return (
    <>
      <OneSubject subject={of("subject")} onClear={() => setView({ subject: null })} />
      <AboutPicker value={of("about")} onChange={(about) => setView({ about })} />
      <ActorPicker project={project} seen={seen} value={of("actor")} onChange={(actor) => setView({ actor })} />
      <WhenPicker value={of("when")} onChange={(when) => setView({ when })} />
      <Input ref={search} type="search" aria-label="Search the audit log" className={styles.search} prefix={<Search />} placeholder="Search" value={of("q")} onChange={(event) => setView({ q: event.target.value })} />
    </>
  );
}

interface PickerProps {
  value: string;
  onChange: (value: string | null) => void;
}

/** What entries are about: the first part of their action, or more of it when the address says so. */
function AboutPicker({ value, onChange }: PickerProps) {
  const subjects = [...new Set([...SUBJECTS, ...(value === "" ? [] : [value])])].sort();
  return (
    <Select
      aria-label="About"
      prefix="About"
      value={value || ALL}
      options={[{ value: ALL, label: "everything" }, ...subjects.map((subject) => ({ value: subject, label: subject.replaceAll(/[._]/g, " ") }))]}
      onChange={(next) => onChange(next === ALL ? null : next)}
    />
  );
}

type ActorPickerProps = PickerProps & Pick<AuditFiltersProps, "project" | "seen">;

/** Who did it: a member, a key, or Trimtab itself. */
function ActorPicker({ project, seen, value, onChange }: ActorPickerProps) {
  const { user } = useSession();
  const members = useMembers().data?.pages.flatMap((page) => page.items) ?? [];
  const apiKeys = useApiKeys(project ?? "", project !== null).data?.pages.flatMap((page) => page.items) ?? [];
  const actors = new Map<string, string>([
    ...members.map((member) => [member.id, member.name] as const),
    ...apiKeys.map((key) => [key.id, `key ${key.name}`] as const),
    ...seen.filter((entry) => entry.actor.kind === "user").map((entry) => [entry.actor.id, entry.actor.name] as const),
    ["system", "Trimtab itself"],
  ]);
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

const SPANS = [
  { value: "24h", label: "Last 24 hours" },
  { value: "7d", label: "Last 7 days" },
  { value: "30d", label: "Last 30 days" },
  { value: "90d", label: "Last 90 days" },
];

/** How far back. It is no part of the range that other pages share: of changes, old ones matter as well. */
function WhenPicker({ value, onChange }: PickerProps) {
  return (
    <Select
      aria-label="When"
      prefix={<CalendarClock />}
      value={value || ALL}
      options={[{ value: ALL, label: "Any time" }, ...SPANS]}
      onChange={(next) => onChange(next === ALL ? null : next)}
    />
  );
}

/** The one thing that the entries are narrowed down to, and the way out of it. */
function OneSubject({ subject, onClear }: { subject: string; onClear: () => void }) {
  if (subject === "") return null;
  return (
    <Button icon={<X />} aria-label={`Show entries about more than ${subject}`} onClick={onClear}>
      Only <code>{subject}</code>
    </Button>
  );
}
