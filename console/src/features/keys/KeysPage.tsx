import { KeyRound, Plus } from "lucide-react";
import { useState } from "react";

import { describeError } from "@/api/error";
import { useProject, useRight } from "@/api/session";
import { ErrorView } from "@/app/ErrorView";
import { NoRight } from "@/app/NoRight";
import { useView } from "@/app/scope";
import { Badge, type Tone } from "@/design/Badge";
import { Button } from "@/design/Button";
import { Confirm } from "@/design/Dialog";
import { EmptyState } from "@/design/EmptyState";
import { RelativeTime } from "@/design/Figures";
import { Notice } from "@/design/Notice";
import { Page } from "@/design/Page";
import { SkeletonRows } from "@/design/Skeleton";
import { Table, type Column } from "@/design/Table";
import { useToast } from "@/design/Toast";

import styles from "./KeysPage.module.css";
import { NewKeyDialog } from "./NewKeyDialog";
import { useApiKeys, useRevokeKey, type ApiKey } from "./queries";
import { SCOPES, stateOf, type KeyState } from "./scope";

/** The keys with which applications and scripts come in. */
export function KeysPage() {
  const project = useProject();
  const admin = useRight("admin");
  const [view, setView] = useView();
  const found = useApiKeys(project.id, admin.allowed);
  const [revoked, setRevoked] = useState<ApiKey | null>(null);
  const items = found.data?.pages.flatMap((page) => page.items) ?? [];
  const newKey = (
    <Button variant="primary" icon={<Plus />} disabledReason={admin.reason} onClick={() => setView({ new: "key" })}>
      New key
    </Button>
  );
  return (
    <Page title="API keys" actions={newKey}>
      {admin.reason !== null ? (
        <NoRight title="API keys are for administrators" reason={admin.reason}>
          <p>Ask one of them for a key with the right to call models when you need one for an application.</p>
        </NoRight>
      ) : found.error ? (
        <ErrorView error={found.error} onRetry={() => void found.refetch()} />
      ) : found.isPending ? (
        <SkeletonRows rows={5} />
      ) : items.length === 0 ? (
        <EmptyState icon={<KeyRound />} title="Make a key for your application" action={newKey}>
          <p>
            An application sends its key with every call to the gateway. Each key belongs to one environment and can do only what its scopes say; revoke
            it and it is refused within a second.
          </p>
        </EmptyState>
      ) : (
        <div className={styles.frame}>
          <Table label="API keys" rows={items} rowKey={(row) => row.id} columns={columns(setRevoked)} />
          {found.hasNextPage ? (
            <Button variant="ghost" busy={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
              Show older keys
            </Button>
          ) : null}
        </div>
      )}
      {view.get("new") !== null && admin.allowed ? <NewKeyDialog onClose={() => setView({ new: null })} /> : null}
      {revoked ? <RevokeDialog apiKey={revoked} onClose={() => setRevoked(null)} /> : null}
    </Page>
  );
}

const TONES: Record<KeyState, Tone> = { active: "ok", expiring: "warn", expired: "neutral", revoked: "neutral" };

function columns(onRevoke: (key: ApiKey) => void): Column<ApiKey>[] {
  const now = new Date();
  return [
    {
      key: "name",
      header: "Name",
      cell: (row) => (
        <span className={styles.name}>
          <strong>{row.name}</strong>
          <code>{row.label}…</code>
        </span>
      ),
    },
    { key: "state", header: "State", width: "100px", cell: (row) => <Badge tone={TONES[stateOf(row, now)]} dot>{stateOf(row, now)}</Badge> },
    { key: "environment", header: "Environment", width: "130px", cell: (row) => row.environment },
    {
      key: "scopes",
      header: "Scopes",
      hideBelow: 900,
      cell: (row) => (
        <span className={styles.scopes}>
          {SCOPES.filter((scope) => row.scopes.includes(scope.id)).map((scope) => (
            <Badge key={scope.id} title={scope.detail}>
              {scope.id}
            </Badge>
          ))}
        </span>
      ),
    },
    { key: "created", header: "Created", width: "110px", hideBelow: 1280, cell: (row) => <RelativeTime at={row.created_at} /> },
    { key: "used", header: "Last used", width: "110px", cell: (row) => (row.last_used_at ? <RelativeTime at={row.last_used_at} /> : <span className={styles.none}>never</span>) },
    { key: "expires", header: "Expires", width: "110px", hideBelow: 1100, cell: (row) => (row.expires_at ? <RelativeTime at={row.expires_at} /> : <span className={styles.none}>never</span>) },
    {
      key: "actions",
      header: <span className="visually-hidden">Actions</span>,
      width: "100px",
      align: "end",
      cell: (row) =>
        row.revoked_at ? null : (
          <Button size="sm" variant="ghost" aria-label={`Revoke ${row.name}`} onClick={() => onRevoke(row)}>
            Revoke
          </Button>
        ),
    },
  ];
}

function RevokeDialog({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const project = useProject();
  const toast = useToast();
  const revoke = useRevokeKey(project.id);
  return (
    <Confirm
      open
      onOpenChange={onClose}
      title={`Revoke ${apiKey.name}?`}
      description="Whatever uses this key is refused within a second. A revoked key cannot be brought back."
      action="Revoke key"
      busy={revoke.isPending}
      onConfirm={() =>
        revoke.mutate(apiKey.id, {
          onSuccess: () => {
            toast.done(`Revoked ${apiKey.name}`);
            onClose();
          },
        })
      }
    >
      {apiKey.last_used_at ? (
        <Notice tone="warn">
          It was last used <RelativeTime at={apiKey.last_used_at} />.
        </Notice>
      ) : null}
      {revoke.error ? <Notice tone="bad">{describeError(revoke.error)}</Notice> : null}
    </Confirm>
  );
}
