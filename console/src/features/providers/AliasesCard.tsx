import { Plus, Trash2 } from "lucide-react";
import { useState } from "react";

import { describeError } from "@/api/error";
import { useProject, useRight } from "@/api/session";
import { ErrorView } from "@/app/ErrorView";
import { Button, IconButton } from "@/design/Button";
import { Card } from "@/design/Card";
import { InlineCode } from "@/design/Code";
import { Combobox } from "@/design/Combobox";
import { Field, Input } from "@/design/Field";
import { RelativeTime } from "@/design/Figures";
import { Notice } from "@/design/Notice";
import { SkeletonRows } from "@/design/Skeleton";
import { Table } from "@/design/Table";
import { useToast } from "@/design/Toast";

import { useModels } from "../releases/queries";
import styles from "./AliasesCard.module.css";
import { useAliases, useDeleteAlias, usePutAlias, type Alias } from "./queries";

/** Other names for models: `fast` today means one model, tomorrow another, and no application changes. */
export function AliasesCard() {
  const project = useProject();
  const write = useRight("write");
  const aliases = useAliases(project.id);
  const remove = useDeleteAlias(project.id);
  const toast = useToast();
  const [edited, setEdited] = useState<Alias | null>(null);
  const [isAdding, setAdding] = useState(false);
  const drop = (alias: string) =>
    remove.mutate(alias, {
      onSuccess: () => toast.done(`Removed the alias ${alias}`),
      onError: (error) => toast.failed(`The alias ${alias} stays`, describeError(error)),
    });
  const close = () => {
    setEdited(null);
    setAdding(false);
  };
  return (
    <Card
      title="Aliases"
      description="A name of your own for a model. Change what it stands for, and every caller follows within a second."
      flush
      actions={
        <Button size="sm" icon={<Plus />} disabledReason={write.reason} onClick={() => setAdding(true)}>
          New alias
        </Button>
      }
    >
      {isAdding || edited ? <AliasForm key={edited?.alias ?? ""} alias={edited} onClose={close} /> : null}
      {aliases.error ? (
        <ErrorView error={aliases.error} onRetry={() => void aliases.refetch()} />
      ) : aliases.isPending ? (
        <SkeletonRows rows={2} />
      ) : (
        <Table
          label="Aliases"
          rows={aliases.data}
          rowKey={(row) => row.alias}
          empty={
            <>
              None yet. With an alias <InlineCode>fast</InlineCode>, callers and releases name what they need and you choose the model behind it.
            </>
          }
          columns={[
            { key: "alias", header: "Alias", width: "28%", cell: (row) => <code>{row.alias}</code> },
            { key: "target", header: "Stands for", cell: (row) => <code>{row.target}</code> },
            { key: "updated", header: "Updated", width: "120px", hideBelow: 900, cell: (row) => <RelativeTime at={row.updated_at} /> },
            {
              key: "actions",
              header: <span className="visually-hidden">Actions</span>,
              width: "150px",
              align: "end",
              cell: (row) => (
                <span className={styles.actions}>
                  <Button size="sm" variant="ghost" disabledReason={write.reason} aria-label={`Change ${row.alias}`} onClick={() => setEdited(row)}>
                    Change
                  </Button>
                  <IconButton size="sm" label={`Remove ${row.alias}`} disabledReason={write.reason} onClick={() => drop(row.alias)}>
                    <Trash2 />
                  </IconButton>
                </span>
              ),
            },
          ]}
        />
      )}
    </Card>
  );
}

function AliasForm({ alias, onClose }: { alias: Alias | null; onClose: () => void }) {
  const project = useProject();
  const models = useModels(project.id);
  const put = usePutAlias(project.id);
  const toast = useToast();
  const [name, setName] = useState(alias?.alias ?? "");
  const [target, setTarget] = useState(alias?.target ?? "");
  const [isTried, setTried] = useState(false);
  const nameFault = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(name) ? null : "Letters, digits, “.”, “_” and “-”.";
  const targetFault = target.includes("/") ? null : "Write provider/model.";
  const submit = () => {
    setTried(true);
    if (nameFault ?? targetFault) return;
    put.mutate(
      { alias: name, target },
      {
        onSuccess: () => {
          toast.done(`${name} stands for ${target}`);
          onClose();
        },
      },
    );
  };
  return (
    <form
      className={styles.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Field label="Alias" error={isTried ? nameFault : null}>
        {(control) => <Input {...control} mono autoFocus={!alias} disabled={alias !== null} placeholder="fast" value={name} onChange={(event) => setName(event.target.value)} />}
      </Field>
      <Field label="Stands for" error={isTried ? targetFault : null}>
        {(control) => (
          <Combobox
            {...control}
            value={target}
            onChange={setTarget}
            placeholder="provider/model"
            suggestions={(models.data ?? []).filter((each) => each.kind === "model").map((each) => ({ value: each.id }))}
          />
        )}
      </Field>
      <div className={styles.buttons}>
        <Button type="submit" variant="primary" busy={put.isPending}>
          Save alias
        </Button>
        <Button onClick={onClose}>Cancel</Button>
      </div>
      {put.error ? (
        <div className={styles.error}>
          <Notice tone="bad">{describeError(put.error)}</Notice>
        </div>
      ) : null}
    </form>
  );
}
