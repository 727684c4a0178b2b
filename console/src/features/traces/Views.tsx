import { Bookmark, Trash2 } from "lucide-react";
import { useState } from "react";

import { useRight } from "@/api/session";
import { Button, IconButton } from "@/design/Button";
import { Field, Input } from "@/design/Field";
import { Popover } from "@/design/Popover";

import { useDeleteView, useSaveView, useViews } from "./queries";
import styles from "./Views.module.css";

interface ViewsProps {
  query: string;
  group: string | null;
  onOpen: (view: { filter: string; group: string }) => void;
}

/** The queries that the project has kept, to open one or to keep the present one. */
export function Views({ query, group, onOpen }: ViewsProps) {
  const [open, setOpen] = useState(false);
  const [name, setName] = useState("");
  const views = useViews();
  const save = useSaveView();
  const remove = useDeleteView();
  const write = useRight("write");
  const current = views.data?.find((view) => view.filter === query && view.group === (group ?? ""));
  const hasSomething = query !== "" || group !== null;
  const error = save.error ?? remove.error;
  return (
    <Popover
      label="Saved views"
      open={open}
      onOpenChange={setOpen}
      width={304}
      trigger={
        <Button variant="ghost" size="sm" icon={<Bookmark />}>
          {current?.name ?? "Views"}
        </Button>
      }
    >
      <ul className={styles.views}>
        {views.data?.map((view) => (
          <li key={view.id} className={styles.view}>
            <button
              type="button"
              className={styles.open}
              aria-pressed={view === current}
              title={view.filter}
              onClick={() => {
                setOpen(false);
                onOpen(view);
              }}
            >
              {view.name}
            </button>
            <IconButton size="sm" label={`Delete the view ${view.name}`} disabledReason={write.reason} onClick={() => remove.mutate(view.id)}>
              <Trash2 />
            </IconButton>
          </li>
        ))}
        {views.data?.length === 0 ? <li className={styles.none}>No view is saved yet. Write a query, then keep it here for the whole project.</li> : null}
      </ul>
      {hasSomething && !current ? (
        <form
          className={styles.save}
          onSubmit={(event) => {
            event.preventDefault();
            if (!name.trim()) return;
            save.mutate({ name, filter: query, group: group ?? "" }, { onSuccess: () => setName("") });
          }}
        >
          <Field label="Save this query as" error={error?.message ?? null}>
            {(control) => <Input {...control} placeholder="Failed and slow" maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />}
          </Field>
          <Button type="submit" variant="primary" size="sm" disabledReason={write.reason}>
            Save
          </Button>
        </form>
      ) : null}
    </Popover>
  );
}
