import { Plus } from "lucide-react";
import { Link } from "react-router";

import { useProject, useRight } from "@/api/session";
import { ErrorView } from "@/app/ErrorView";
import { carriedSearch, useView } from "@/app/scope";
import { Button } from "@/design/Button";
import { RelativeTime } from "@/design/Figures";
import { Page } from "@/design/Page";
import { SkeletonRows } from "@/design/Skeleton";
import { paths } from "@/paths";

import styles from "./DashboardsPage.module.css";
import { iconOf } from "./icons";
import { KeepDialog } from "./KeepDialog";
import { useDashboards } from "./queries";
import type { DashboardRow } from "./types";

/** All dashboards: the ready-made ones, and those that the project has made. */
export function DashboardsPage() {
  const dashboards = useDashboards();
  const write = useRight("write");
  const [view, setView] = useView();
  const rows = dashboards.data ?? [];
  const own = rows.filter((row) => !row.is_builtin);
  return (
    <Page
      title="Dashboards"
      actions={
        <Button variant="primary" icon={<Plus />} disabledReason={write.reason} onClick={() => setView({ new: "dashboard" })}>
          New dashboard
        </Button>
      }
    >
      {dashboards.error && !dashboards.data ? (
        <ErrorView error={dashboards.error} onRetry={() => void dashboards.refetch()} />
      ) : !dashboards.data ? (
        <SkeletonRows rows={9} height={58} />
      ) : (
        <div className={styles.parts}>
          <section aria-labelledby="own-dashboards">
            <h2 id="own-dashboards" className={styles.heading}>
              Of this project
            </h2>
            {own.length === 0 ? (
              <p className={styles.none}>
                None yet. Make one from the query language, or duplicate a ready-made one and change it. As a file, <code>trimtab dashboards apply</code> takes it.
              </p>
            ) : (
              <Cards rows={own} />
            )}
          </section>
          <section aria-labelledby="ready-dashboards">
            <h2 id="ready-dashboards" className={styles.heading}>
              Ready-made
            </h2>
            <Cards rows={rows.filter((row) => row.is_builtin)} />
          </section>
        </div>
      )}
      {view.get("new") === "dashboard" && write.allowed ? <KeepDialog title="New dashboard" action="Create dashboard" onClose={() => setView({ new: null })} /> : null}
    </Page>
  );
}

function Cards({ rows }: { rows: readonly DashboardRow[] }) {
  const project = useProject();
  const [view] = useView();
  const carried = Object.fromEntries(new URLSearchParams(carriedSearch(view)));
  return (
    <ul className={styles.cards}>
      {rows.map((row) => {
        const Icon = iconOf(row.name);
        return (
          <li key={row.name}>
            <Link className={styles.card} to={paths.dashboard(project.slug, row.name, carried)}>
              <span className={styles.icon} aria-hidden>
                <Icon />
              </span>
              <span className={styles.text}>
                <span className={styles.title}>{row.title}</span>
                <span className={styles.about}>{row.description || "No description"}</span>
                {row.updated_at ? (
                  <span className={styles.when}>
                    {row.updated_by ? `${row.updated_by}, ` : ""}
                    <RelativeTime at={row.updated_at} />
                  </span>
                ) : null}
              </span>
            </Link>
          </li>
        );
      })}
    </ul>
  );
}
