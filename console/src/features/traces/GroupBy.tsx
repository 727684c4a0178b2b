import { Group } from "lucide-react";
import { useState } from "react";

import { Button } from "@/design/Button";
import { Field, Input } from "@/design/Field";
import { Popover } from "@/design/Popover";

import styles from "./GroupBy.module.css";

/** The fields that are asked for most; any other is typed. */
const COMMON: readonly [string, string][] = [
  ["model", "Model"],
  ["prompt", "Prompt"],
  ["feature", "Feature"],
  ["user", "User"],
  ["session", "Session"],
  ["outcome", "Outcome"],
  ["error.code", "Error code"],
  ["provider", "Provider"],
  ["team", "Team"],
  ["release", "Release"],
];

interface GroupByProps {
  group: string | null;
  onChange: (group: string | null) => void;
}

/** Chooses the field by which calls are grouped; none lists them one by one. */
export function GroupBy({ group, onChange }: GroupByProps) {
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState("");
  const title = COMMON.find(([name]) => name === group)?.[1] ?? group;
  const choose = (next: string | null) => {
    setOpen(false);
    setTyped("");
    onChange(next);
  };
  return (
    <Popover
      label="Group by"
      open={open}
      onOpenChange={setOpen}
      width={264}
      trigger={
        <Button variant="ghost" size="sm" icon={<Group />}>
          {group ? `By ${title?.toLowerCase() ?? ""}` : "Group by"}
        </Button>
      }
    >
      <ul className={styles.options}>
        {COMMON.map(([name, words]) => (
          <li key={name}>
            <button type="button" className={styles.option} aria-pressed={name === group} onClick={() => choose(name === group ? null : name)}>
              {words}
            </button>
          </li>
        ))}
      </ul>
      <form
        className={styles.other}
        onSubmit={(event) => {
          event.preventDefault();
          if (typed.trim()) choose(typed.trim());
        }}
      >
        <Field label="Any field or attribute">
          {(control) => (
            <Input {...control} placeholder={'attributes["http.route"]'} value={typed} onChange={(event) => setTyped(event.target.value)} />
          )}
        </Field>
      </form>
      {group ? (
        <div className={styles.none}>
          <Button size="sm" onClick={() => choose(null)}>
            List calls one by one
          </Button>
        </div>
      ) : null}
    </Popover>
  );
}
