import { useState } from "react";

import { describeError } from "@/api/error";
import { useProject } from "@/api/session";
import { Confirm } from "@/design/Dialog";
import { Field, Input } from "@/design/Field";
import { formatShortTime } from "@/design/format";
import { Notice } from "@/design/Notice";
import { Select } from "@/design/Select";
import { useToast } from "@/design/Toast";

import { Consequence } from "./Consequence";
import { useRollBack, type Release } from "./queries";

interface RollBackDialogProps {
  live: Release;
  /** What can be gone back to; the first is the likely one. */
  targets: readonly Release[];
  /** The one to begin with. */
  initial: string;
  onClose: () => void;
}

/** Makes live again what an earlier release said. It is a new entry in the history; nothing is erased. */
export function RollBackDialog({ live, targets, initial, onClose }: RollBackDialogProps) {
  const project = useProject();
  const toast = useToast();
  const rollBack = useRollBack(project.id);
  const [chosen, setChosen] = useState(initial);
  const [note, setNote] = useState("");
  const target = targets.find((each) => each.id === chosen) ?? targets[0];
  if (!target) return null;
  const submit = () => {
    if (rollBack.isPending) return;
    rollBack.mutate(
      { prompt_id: live.prompt_id, environment: live.environment, note, to_release_id: target.id, expected_live_id: live.id },
      {
        onSuccess: (made) => {
          toast.done(`${made.environment} is back on version ${made.version}`, "The gateway serves it within a second.");
          onClose();
        },
      },
    );
  };
  return (
    <Confirm
      open
      onOpenChange={onClose}
      title={`Roll back ${live.environment}?`}
      description={`${live.prompt_name} goes back to what an earlier release said. You can go forward again the same way.`}
      action="Roll back"
      busy={rollBack.isPending}
      onConfirm={submit}
    >
      {targets.length > 1 ? (
        <Field label="Back to">
          {(control) => (
            <Select
              {...control}
              value={target.id}
              onChange={setChosen}
              options={targets.map((each) => ({ value: each.id, label: `v${each.version} on ${each.model}`, hint: formatShortTime(new Date(each.created_at)) }))}
            />
          )}
        </Field>
      ) : null}
      <Consequence environment={live.environment} live={live} next={target} />
      <Field label="Reason" optional>
        {(control) => <Input {...control} autoFocus placeholder="Answers in the wrong language since 14:02" value={note} onChange={(event) => setNote(event.target.value)} />}
      </Field>
      {rollBack.error ? <Notice tone="bad">{describeError(rollBack.error)}</Notice> : null}
    </Confirm>
  );
}
