import { ChevronLeft, ChevronRight, Minus, Plus } from "lucide-react";
import { useEffect, useState } from "react";
import { useBlocker } from "react-router";

import { ApiError, describeError } from "@/api/error";
import { Button, IconButton } from "@/design/Button";
import { Confirm } from "@/design/Dialog";
import { Field, Input } from "@/design/Field";
import { Notice } from "@/design/Notice";
import { useToast } from "@/design/Toast";

import { NEW_PANEL } from "./code";
import { moved, placed, resized, WIDTHS } from "./draft";
import styles from "./EditBar.module.css";
import grid from "./Panel.module.css";
import { PanelCard } from "./PanelCard";
import { PanelDialog } from "./PanelDialog";
import { useDashboard, useSaveDashboard } from "./queries";
import type { Dashboard, Kept, Panel } from "./types";

interface EditBarProps {
  kept: Kept;
  onDone: () => void;
}

/** The dashboard while it is edited: nothing is kept until it is saved, and what others saved meanwhile is not overwritten unasked. */
export function EditBar({ kept, onDone }: EditBarProps) {
  const [draft, setDraft] = useState<Dashboard>(kept.dashboard);
  // Panels have no ids of their own; while they are edited, each has one so that moving it keeps its numbers on the screen.
  const [ids, setIds] = useState<number[]>(() => kept.dashboard.panels.map((_, index) => index));
  const [edited, setEdited] = useState<number | null>(null);
  const save = useSaveDashboard();
  const newest = useDashboard(kept.dashboard.name);
  const toast = useToast();
  const isChanged = JSON.stringify(draft) !== JSON.stringify(kept.dashboard);
  const isConflict = save.error instanceof ApiError && save.error.status === 409;
  const leaving = useBlocker(({ currentLocation, nextLocation }) => isChanged && !save.isSuccess && currentLocation.pathname !== nextLocation.pathname);
  useEffect(() => {
    if (!isChanged) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [isChanged]);

  const panels = (next: Panel[]) => setDraft({ ...draft, panels: next });
  const keep = (revision: number | null) =>
    save.mutate(
      { dashboard: draft, revision },
      {
        onSuccess: () => {
          toast.done(`${draft.title} is saved`);
          onDone();
        },
      },
    );
  const move = (from: number, to: number) => {
    panels(moved(draft.panels, from, to));
    setIds(moved(ids, from, to));
  };
  const remove = (index: number) => {
    panels(draft.panels.filter((_, at) => at !== index));
    setIds(ids.filter((_, at) => at !== index));
  };
  const place = (index: number, panel: Panel) => {
    panels(placed(draft.panels, index, panel));
    if (index >= draft.panels.length) setIds([...ids, Math.max(-1, ...ids) + 1]);
    setEdited(null);
  };

  return (
    <>
      <div className={styles.bar} role="group" aria-label="Edit dashboard">
        <Field label="Title" hideLabel className={styles.title}>
          {(control) => <Input {...control} placeholder="Title" maxLength={100} value={draft.title} onChange={(event) => setDraft({ ...draft, title: event.target.value })} />}
        </Field>
        <Field label="Description" hideLabel className={styles.description}>
          {(control) => <Input {...control} placeholder="Description" maxLength={1000} value={draft.description} onChange={(event) => setDraft({ ...draft, description: event.target.value })} />}
        </Field>
        <Button icon={<Plus />} onClick={() => setEdited(draft.panels.length)}>
          Add panel
        </Button>
        <span className={styles.gap} />
        <Button onClick={onDone}>{isChanged ? "Discard" : "Done"}</Button>
        <Button variant="primary" busy={save.isPending} disabledReason={draft.title.trim() === "" ? "A dashboard needs a title." : !isChanged && "Nothing has been changed."} onClick={() => keep(kept.revision)}>
          Save
        </Button>
      </div>
      {isConflict ? (
        <Notice
          tone="warn"
          action={
            <>
              <Button size="sm" onClick={() => void newest.refetch()}>
                Take theirs
              </Button>
              <Button size="sm" variant="danger" busy={save.isPending} onClick={() => keep(null)}>
                Overwrite
              </Button>
            </>
          }
        >
          Somebody has saved this dashboard since you opened it. “Take theirs” loses your changes, “Overwrite” theirs.
        </Notice>
      ) : save.error ? (
        <Notice tone="bad">{describeError(save.error)}</Notice>
      ) : null}
      {draft.panels.length === 0 ? (
        <button type="button" className={styles.first} onClick={() => setEdited(0)}>
          <Plus aria-hidden /> Add the first panel
        </button>
      ) : (
        <div className={grid.grid}>
          {draft.panels.map((panel, index) => (
            <PanelCard
              key={ids[index]}
              panel={panel}
              onEdit={() => setEdited(index)}
              onRemove={() => remove(index)}
              tools={<Tools panel={panel} index={index} count={draft.panels.length} onMove={(to) => move(index, to)} onResize={(next) => panels(placed(draft.panels, index, next))} />}
            />
          ))}
        </div>
      )}
      {edited === null ? null : (
        <PanelDialog
          panel={draft.panels[edited] ?? NEW_PANEL}
          isNew={edited >= draft.panels.length}
          onKeep={(panel) => place(edited, panel)}
          onClose={() => setEdited(null)}
        />
      )}
      <Confirm
        open={leaving.state === "blocked"}
        onOpenChange={() => leaving.reset?.()}
        title="Leave without saving?"
        description="The changes of this dashboard are not saved yet, and would be lost."
        action="Leave"
        onConfirm={() => leaving.proceed?.()}
      />
    </>
  );
}

interface ToolsProps {
  panel: Panel;
  index: number;
  count: number;
  onMove: (to: number) => void;
  onResize: (panel: Panel) => void;
}

function Tools({ panel, index, count, onMove, onResize }: ToolsProps) {
  return (
    <span className={styles.tools}>
      <IconButton size="sm" label={`Move ${panel.title} back`} disabledReason={index === 0 && "It is the first."} onClick={() => onMove(index - 1)}>
        <ChevronLeft />
      </IconButton>
      <IconButton size="sm" label={`Move ${panel.title} on`} disabledReason={index === count - 1 && "It is the last."} onClick={() => onMove(index + 1)}>
        <ChevronRight />
      </IconButton>
      <IconButton size="sm" label={`Make ${panel.title} narrower`} disabledReason={panel.width === WIDTHS[0] && "It is as narrow as it gets."} onClick={() => onResize({ ...panel, width: resized(panel.width, -1) })}>
        <Minus />
      </IconButton>
      <IconButton size="sm" label={`Make ${panel.title} wider`} disabledReason={panel.width === WIDTHS.at(-1) && "It has the whole width."} onClick={() => onResize({ ...panel, width: resized(panel.width, 1) })}>
        <Plus />
      </IconButton>
    </span>
  );
}
