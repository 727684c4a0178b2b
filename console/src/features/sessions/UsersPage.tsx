import { UsersRound } from "lucide-react";
import { Link, useNavigate } from "react-router";

import { useProject } from "@/api/session";
import { useScope } from "@/app/scope";
import { RelativeTime } from "@/design/Figures";
import { formatCompact, formatCount, formatPercent } from "@/design/format";
import { rangeQuery } from "@/design/range";
import type { Column } from "@/design/Table";
import { paths } from "@/paths";

import { OwnersPage, Spent } from "./OwnersPage";
import styles from "./OwnersPage.module.css";
import { useUsers, type UserRow } from "./queries";

/** Every end user, the one with the newest call first. */
export function UsersPage() {
  const project = useProject();
  const navigate = useNavigate();
  const { range } = useScope();
  const pathOf = (row: UserRow) => paths.traces(project.slug, { ...rangeQuery(range), user: row.user_id });
  const columns: Column<UserRow>[] = [
    {
      key: "user",
      header: "User",
      cell: (row) => (
        <Link className={styles.name} to={pathOf(row)} onClick={(event) => event.stopPropagation()}>
          {row.user_id}
        </Link>
      ),
    },
    { key: "last", header: "Last call", width: "130px", cell: (row) => <RelativeTime at={row.last_at} /> },
    { key: "sessions", header: "Sessions", width: "110px", align: "end", hideBelow: 900, cell: (row) => formatCount(row.sessions) },
    { key: "calls", header: "Calls", width: "110px", align: "end", cell: (row) => formatCount(row.requests) },
    { key: "errors", header: "Errors", width: "110px", align: "end", cell: (row) => (row.errors ? <span className={styles.errors}>{formatPercent(row.errors / row.traces)}</span> : <span className={styles.none}>0</span>) },
    { key: "tokens", header: "Tokens", width: "110px", align: "end", hideBelow: 1100, cell: (row) => formatCompact(row.input_tokens + row.output_tokens) },
    { key: "cost", header: "Cost", width: "120px", align: "end", cell: (row) => <Spent usd={row.cost_usd} unpriced={row.unpriced_requests} by="user" value={row.user_id} /> },
  ];
  return (
    <OwnersPage
      title="Users"
      usePages={useUsers}
      columns={columns}
      rowKey={(row) => row.user_id}
      onOpen={(row) => void navigate(pathOf(row))}
      icon={<UsersRound />}
      howTo={<p>Calls with the field <code>user</code>, the header <code>x-trimtab-user</code>, or the attribute <code>user.id</code>, are summed here.</p>}
    />
  );
}
