import { MessagesSquare } from "lucide-react";
import { Link, useNavigate } from "react-router";

import { useProject } from "@/api/session";
import { carriedSearch, useView } from "@/app/scope";
import { RelativeTime } from "@/design/Figures";
import { formatCompact, formatCount } from "@/design/format";
import type { Column } from "@/design/Table";
import { paths } from "@/paths";

import { OwnersPage, Spent } from "./OwnersPage";
import styles from "./OwnersPage.module.css";
import { useSessions, type SessionRow } from "./queries";

/** Every session, the one with the newest call first. */
export function SessionsPage() {
  const project = useProject();
  const navigate = useNavigate();
  const [view] = useView();
  const pathOf = (row: SessionRow) => paths.session(project.slug, row.session_id) + carriedSearch(view);
  const columns: Column<SessionRow>[] = [
    { key: "last", header: "Last call", width: "110px", cell: (row) => <RelativeTime at={row.last_at} /> },
    {
      key: "session",
      header: "Session",
      width: "210px",
      cell: (row) => (
        <Link className={styles.name} to={pathOf(row)} onClick={(event) => event.stopPropagation()}>
          {row.session_id}
        </Link>
      ),
    },
    { key: "said", header: "Last message", hideBelow: 900, cell: (row) => row.last_input ? <span className={styles.text}>{row.last_input}</span> : <span className={styles.none}>–</span> },
    { key: "user", header: "User", width: "150px", hideBelow: 1100, cell: (row) => <span className={styles.text}>{row.user_id}</span> },
    { key: "turns", header: "Turns", width: "80px", align: "end", cell: (row) => formatCount(row.traces) },
    { key: "errors", header: "Errors", width: "80px", align: "end", cell: (row) => (row.errors ? <span className={styles.errors}>{formatCount(row.errors)}</span> : <span className={styles.none}>0</span>) },
    { key: "tokens", header: "Tokens", width: "90px", align: "end", hideBelow: 1100, cell: (row) => formatCompact(row.input_tokens + row.output_tokens) },
    { key: "cost", header: "Cost", width: "110px", align: "end", cell: (row) => <Spent usd={row.cost_usd} unpriced={row.unpriced_requests} by="session" value={row.session_id} /> },
  ];
  return (
    <OwnersPage
      title="Sessions"
      usePages={useSessions}
      columns={columns}
      rowKey={(row) => row.session_id}
      onOpen={(row) => void navigate(pathOf(row))}
      icon={<MessagesSquare />}
      howTo={<p>Calls with the header <code>x-trimtab-session</code>, or the attribute <code>session.id</code>, are gathered here as conversations.</p>}
    />
  );
}
