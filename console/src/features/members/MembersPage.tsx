import { UserPlus } from "lucide-react";
import { useState } from "react";

import { describeError } from "@/api/error";
import { useRight, useSession } from "@/api/session";
import { ErrorView } from "@/app/ErrorView";
import { useView } from "@/app/scope";
import { Badge } from "@/design/Badge";
import { Button } from "@/design/Button";
import { Confirm } from "@/design/Dialog";
import { RelativeTime } from "@/design/Figures";
import { Notice } from "@/design/Notice";
import { Page } from "@/design/Page";
import { Select } from "@/design/Select";
import { SkeletonRows } from "@/design/Skeleton";
import { Table, type Column } from "@/design/Table";
import { useToast } from "@/design/Toast";
import { Tooltip } from "@/design/Tooltip";

import { InviteDialog } from "./InviteDialog";
import styles from "./MembersPage.module.css";
import { useChangeRole, useMembers, useRemoveMember, type Member } from "./queries";
import { ROLES, rolesToGive, titleOf, whyLocked } from "./role";

/** The people of the organisation, and what each may do. */
export function MembersPage() {
  const admin = useRight("admin");
  const { user, role, organisation } = useSession();
  const [view, setView] = useView();
  const members = useMembers();
  const [removed, setRemoved] = useState<Member | null>(null);
  const all = members.data?.pages.flatMap((page) => page.items) ?? [];
  const lockOf = (member: Member) => whyLocked(member, all, { id: user.id, role, mayAdminister: admin.allowed });
  return (
    <Page
      title="Members"
      description={`People in ${organisation.name}. A role counts in all of its projects.`}
      actions={
        <Button variant="primary" icon={<UserPlus />} disabledReason={admin.reason} onClick={() => setView({ new: "member" })}>
          Invite member
        </Button>
      }
    >
      {members.error ? (
        <ErrorView error={members.error} onRetry={() => void members.refetch()} />
      ) : members.isPending ? (
        <SkeletonRows rows={4} />
      ) : (
        <div className={styles.page}>
          <div className={styles.frame}>
            <Table label="Members" rows={all} rowKey={(row) => row.id} columns={columns(user.id, lockOf, setRemoved)} />
            {members.hasNextPage ? (
              <Button variant="ghost" busy={members.isFetchingNextPage} onClick={() => void members.fetchNextPage()}>
                Show more members
              </Button>
            ) : null}
          </div>
          <Roles />
        </div>
      )}
      {view.get("new") !== null && admin.allowed ? <InviteDialog onClose={() => setView({ new: null })} /> : null}
      {removed ? <RemoveDialog member={removed} onClose={() => setRemoved(null)} /> : null}
    </Page>
  );
}

function columns(me: string, lockOf: (member: Member) => string | null, onRemove: (member: Member) => void): Column<Member>[] {
  return [
    {
      key: "name",
      header: "Name",
      cell: (row) => (
        <span className={styles.person}>
          <span className={styles.name}>
            {row.name} {row.id === me ? <Badge>you</Badge> : null}
          </span>
          <span className={styles.email}>{row.email}</span>
        </span>
      ),
    },
    { key: "role", header: "Role", width: "180px", cell: (row) => <RoleCell member={row} lock={lockOf(row)} /> },
    { key: "joined", header: "Joined", width: "120px", hideBelow: 900, cell: (row) => <RelativeTime at={row.created_at} /> },
    { key: "seen", header: "Last seen", width: "120px", cell: (row) => (row.last_seen_at ? <RelativeTime at={row.last_seen_at} /> : <span className={styles.none}>never</span>) },
    {
      key: "actions",
      header: <span className="visually-hidden">Actions</span>,
      width: "110px",
      align: "end",
      cell: (row) => (
        <Button size="sm" variant="ghost" aria-label={`Remove ${row.name}`} disabledReason={lockOf(row)} onClick={() => onRemove(row)}>
          Remove
        </Button>
      ),
    },
  ];
}

function RoleCell({ member, lock }: { member: Member; lock: string | null }) {
  const { role } = useSession();
  const change = useChangeRole();
  const toast = useToast();
  if (lock !== null) {
    return (
      <Tooltip content={lock}>
        <span className={styles.locked} tabIndex={0}>
          {titleOf(member.role)}
        </span>
      </Tooltip>
    );
  }
  return (
    <Select
      aria-label={`Role of ${member.name}`}
      size="sm"
      value={member.role}
      options={rolesToGive(role).map((each) => ({ value: each.id, label: each.title }))}
      onChange={(next) =>
        change.mutate(
          { id: member.id, role: next },
          {
            onSuccess: () => toast.done(`${member.name} is ${titleOf(next).toLowerCase()} now`),
            onError: (error) => toast.failed("The role stays as it was", describeError(error)),
          },
        )
      }
    />
  );
}

function Roles() {
  return (
    <section className={styles.roles} aria-label="What roles may do">
      <h2>What roles may do</h2>
      <dl>
        {ROLES.map((role) => (
          <div key={role.id}>
            <dt>{role.title}</dt>
            <dd>{role.detail}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function RemoveDialog({ member, onClose }: { member: Member; onClose: () => void }) {
  const remove = useRemoveMember();
  const toast = useToast();
  return (
    <Confirm
      open
      onOpenChange={onClose}
      title={`Remove ${member.name}?`}
      description={`${member.email} is signed out and cannot come back in. What they wrote and released stays, under their name.`}
      action="Remove member"
      busy={remove.isPending}
      onConfirm={() =>
        remove.mutate(member.id, {
          onSuccess: () => {
            toast.done(`Removed ${member.name}`);
            onClose();
          },
        })
      }
    >
      {remove.error ? <Notice tone="bad">{describeError(remove.error)}</Notice> : null}
    </Confirm>
  );
}
