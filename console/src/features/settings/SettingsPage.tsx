import { ChevronRight } from "lucide-react";
import { Fragment, useState } from "react";

import { describeError } from "@/api/error";
import { useProject, useRight } from "@/api/session";
import { ErrorView } from "@/app/ErrorView";
import { useEnvironments } from "@/app/ScopeBar";
import { Badge } from "@/design/Badge";
import { Button } from "@/design/Button";
import { Card } from "@/design/Card";
import { CopyButton } from "@/design/CopyButton";
import { Field, Input } from "@/design/Field";
import { Notice } from "@/design/Notice";
import { Page } from "@/design/Page";
import { Skeleton } from "@/design/Skeleton";
import { useToast } from "@/design/Toast";

import { NameForm } from "./NameForm";
import { useAddEnvironment, useRenameProject } from "./queries";
import styles from "./settings.module.css";

/** What can be set for one project. */
export function SettingsPage() {
  const project = useProject();
  const admin = useRight("admin");
  const rename = useRenameProject(project.id);
  const toast = useToast();
  return (
    <Page title="Project settings" layout="narrow">
      <div className={styles.sections}>
        <Card title="Project">
          <NameForm
            key={project.name}
            label="Project name"
            name={project.name}
            hint="Shown in the console. Addresses and calls use the short name below, which stays."
            locked={admin.reason}
            isPending={rename.isPending}
            error={rename.error}
            onSave={(name) => rename.mutate(name, { onSuccess: () => toast.done(`The project is called ${name} now`) })}
          />
        </Card>
        <Environments />
        <Card title="For scripts">
          <dl className={styles.facts}>
            <dt>Short name</dt>
            <dd>
              <code>{project.slug}</code>
              <CopyButton text={project.slug} label="Copy short name" />
            </dd>
            <dt>Project id</dt>
            <dd>
              <code>{project.id}</code>
              <CopyButton text={project.id} label="Copy project id" />
            </dd>
          </dl>
        </Card>
      </div>
    </Page>
  );
}

/** The environments in their order, from the first tries to what customers see. */
function Environments() {
  const project = useProject();
  const admin = useRight("admin");
  const environments = useEnvironments();
  const add = useAddEnvironment(project.id);
  const toast = useToast();
  const [name, setName] = useState("");
  const wanted = name.trim();
  const refusal = admin.reason ?? (wanted === "" ? "Write a name first." : /^[a-z][a-z0-9-]{0,39}$/.test(wanted) ? null : "Lower-case letters, digits and “-”, beginning with a letter.");
  if (environments.error) return <ErrorView error={environments.error} onRetry={() => void environments.refetch()} />;
  const submit = () => {
    if (refusal !== null) return;
    add.mutate(wanted, {
      onSuccess: () => {
        toast.done(`Added the environment ${wanted}`);
        setName("");
      },
    });
  };
  return (
    <Card title="Environments" description="Each has its own live version of every prompt. A key belongs to one of them.">
      <div className={styles.order} aria-label="Environments in order" role="list">
        {environments.data ? (
          environments.data.items.map((environment, index) => (
            <Fragment key={environment.id}>
              {index > 0 ? <ChevronRight aria-hidden /> : null}
              <span role="listitem">
                <Badge tone={environment.name === "production" ? "ok" : "neutral"}>{environment.name}</Badge>
              </span>
            </Fragment>
          ))
        ) : (
          <Skeleton width={260} height={20} />
        )}
      </div>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <div className={styles.row}>
          <Field label="New environment">
            {(control) => <Input {...control} mono placeholder="preview" disabled={!admin.allowed} value={name} onChange={(event) => setName(event.target.value)} />}
          </Field>
          <Button type="submit" busy={add.isPending} disabledReason={refusal}>
            Add environment
          </Button>
        </div>
        {add.error ? <Notice tone="bad">{describeError(add.error)}</Notice> : null}
      </form>
    </Card>
  );
}
