import { Link } from "react-router";

import { useSession } from "@/api/session";
import { Button } from "@/design/Button";
import { Code } from "@/design/Code";
import { Dialog } from "@/design/Dialog";
import { DateTime } from "@/design/Figures";
import { Table } from "@/design/Table";

import { paths } from "@/paths";

import { changesOf, placeOf, type Place } from "./action";
import styles from "./EntryDialog.module.css";
import type { AuditEntry } from "./queries";

interface EntryDialogProps {
  entry: AuditEntry;
  onClose: () => void;
  /** Shows all entries about the same thing. */
  onSubject: () => void;
}

/** One entry in full: what changed, and everything that was recorded. */
export function EntryDialog({ entry, onClose, onSubject }: EntryDialogProps) {
  const changes = changesOf(entry.detail);
  return (
    <Dialog
      open
      onOpenChange={onClose}
      width={680}
      title={entry.action}
      description={entry.summary}
      footer={
        <>
          <Button onClick={onSubject}>All entries about this</Button>
          <Button autoFocus onClick={onClose}>
            Close
          </Button>
        </>
      }
    >
      <dl className={styles.facts}>
        <dt>When</dt>
        <dd>
          <DateTime at={entry.at} />
        </dd>
        <dt>Who</dt>
        <dd>
          {entry.actor.name} <span className={styles.kind}>{entry.actor.kind}</span> <code>{entry.actor.id}</code>
        </dd>
        <dt>Subject</dt>
        <dd>
          <code>{entry.subject}</code> <SubjectLink entry={entry} />
        </dd>
      </dl>
      {changes.length > 0 ? (
        <Table
          label="Changes"
          rows={changes}
          rowKey={(row) => row.field}
          columns={[
            { key: "field", header: "Field", width: "26%", cell: (row) => <code>{row.field}</code> },
            { key: "before", header: "Before", cell: (row) => <del className={styles.before}>{shown(row.before)}</del> },
            { key: "after", header: "After", cell: (row) => <ins className={styles.after}>{shown(row.after)}</ins> },
          ]}
        />
      ) : null}
      <Code title="As recorded" language="json" code={JSON.stringify(entry, null, 2)} maxHeight={320} copyLabel="Copy entry as JSON" wrap />
    </Dialog>
  );
}

const LABELS: Record<Place["kind"], string> = {
  prompt: "Open the prompt",
  keys: "Open API keys",
  providers: "Open providers",
  members: "Open members",
  settings: "Open project settings",
};

function SubjectLink({ entry }: { entry: AuditEntry }) {
  const { projects } = useSession();
  const place = placeOf(entry);
  const slug = projects.find((project) => project.id === entry.project_id)?.slug;
  const to = place ? addressOf(place, slug) : null;
  if (!place || to === null) return null;
  return (
    <Link className={styles.link} to={to}>
      {place.kind === "prompt" && place.tab === "compare" ? "See what changed" : LABELS[place.kind]}
    </Link>
  );
}

function addressOf(place: Place, slug: string | undefined): string | null {
  if (place.kind === "members") return paths.members();
  if (slug === undefined) return null;
  if (place.kind !== "prompt") return paths[place.kind](slug);
  const { version } = place;
  return paths.prompt(slug, place.id, { tab: place.tab, ...(version === undefined ? {} : { from: version - 1, to: version }) });
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return "none";
  return typeof value === "string" ? value : JSON.stringify(value);
}
