import { Plus } from "lucide-react";
import { Link } from "react-router";

import { useRight, useSession } from "@/api/session";
import { useView } from "@/app/scope";
import { Button } from "@/design/Button";
import { Card } from "@/design/Card";
import { Page } from "@/design/Page";
import { Table } from "@/design/Table";
import { useToast } from "@/design/Toast";
import { paths } from "@/paths";

import { NameForm } from "./NameForm";
import { NewProjectDialog } from "./NewProjectDialog";
import { useRenameOrganisation } from "./queries";
import styles from "./settings.module.css";

/** The organisation: its name and its projects. */
export function OrganisationSettingsPage() {
  const { organisation, projects } = useSession();
  const admin = useRight("admin");
  const rename = useRenameOrganisation();
  const toast = useToast();
  const [view, setView] = useView();
  return (
    <Page title="Organisation settings" layout="narrow">
      <div className={styles.sections}>
        <Card title="Organisation">
          <NameForm
            key={organisation.name}
            label="Organisation name"
            name={organisation.name}
            hint="Shown in the console to all its members."
            locked={admin.reason}
            isPending={rename.isPending}
            error={rename.error}
            onSave={(name) => rename.mutate(name, { onSuccess: () => toast.done(`The organisation is called ${name} now`) })}
          />
        </Card>
        <Card
          title="Projects"
          description="A project holds prompts, providers, keys and traces of its own. Nothing is shared between two."
          flush
          actions={
            <Button size="sm" icon={<Plus />} disabledReason={admin.reason} onClick={() => setView({ new: "project" })}>
              New project
            </Button>
          }
        >
          <Table
            label="Projects"
            rows={projects}
            rowKey={(row) => row.id}
            columns={[
              {
                key: "name",
                header: "Name",
                cell: (row) => (
                  <Link className={styles.link} to={paths.overview(row.slug)}>
                    {row.name}
                  </Link>
                ),
              },
              { key: "slug", header: "Short name", width: "40%", cell: (row) => <code>{row.slug}</code> },
            ]}
          />
        </Card>
        <Card title="More">
          <p>
            <Link className={styles.link} to={paths.members()}>
              Members and their roles
            </Link>
            {" · "}
            <Link className={styles.link} to={paths.organisationAudit()}>
              Audit log of the organisation
            </Link>
          </p>
        </Card>
      </div>
      {view.get("new") === "project" && admin.allowed ? <NewProjectDialog onClose={() => setView({ new: null })} /> : null}
    </Page>
  );
}
