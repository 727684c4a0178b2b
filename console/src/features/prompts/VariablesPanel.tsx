import { ChevronRight, Plus, Trash2 } from "lucide-react";
import { useState } from "react";

import { Button, IconButton } from "@/design/Button";
import { Checkbox, Field, Input, TextArea } from "@/design/Field";
import { Select } from "@/design/Select";
import { usedVariables, type Draft, type Move } from "./draft";
import styles from "./VariablesPanel.module.css";
import { faultOfName, hasDefault, newVariable, parseValue, valueText, VARIABLE_TYPES, type Variable } from "./variable";

interface VariablesPanelProps {
  draft: Draft;
  onMove: (move: Move) => void;
  /** Why nothing can be changed, or null. */
  locked: string | null;
}

/** The declared variables: those that the text names come by themselves. */
export function VariablesPanel({ draft, onMove, locked }: VariablesPanelProps) {
  const used = new Set(usedVariables(draft));
  return (
    <section aria-label="Variables" className={styles.panel}>
      <header className={styles.head}>
        <h2>Variables</h2>
        <Button
          size="sm"
          variant="ghost"
          icon={<Plus />}
          disabledReason={locked}
          onClick={() => onMove({ type: "addVariable", variable: newVariable(freeName(draft.variables)) })}
        >
          Add variable
        </Button>
      </header>
      {draft.variables.length === 0 ? (
        <p className={styles.empty}>
          Write <code>{"{{ question }}"}</code> in a message and the variable appears here, ready to be given a type and a default.
        </p>
      ) : (
        <ul className={styles.list}>
          {draft.variables.map((variable, index) => (
            <VariableRow
              key={index}
              variable={variable}
              index={index}
              all={draft.variables}
              isUsed={used.has(variable.name)}
              onMove={onMove}
              locked={locked}
            />
          ))}
        </ul>
      )}
    </section>
  );
}

function freeName(variables: readonly Variable[]): string {
  const taken = new Set(variables.map((variable) => variable.name));
  let number = 1;
  while (taken.has(`variable_${number}`)) number += 1;
  return `variable_${number}`;
}

interface VariableRowProps {
  variable: Variable;
  index: number;
  all: readonly Variable[];
  isUsed: boolean;
  onMove: (move: Move) => void;
  locked: string | null;
}

function VariableRow({ variable, index, all, isUsed, onMove, locked }: VariableRowProps) {
  const [isOpen, setOpen] = useState(false);
  const change = (part: Partial<Variable>) => onMove({ type: "variable", index, change: part });
  const fault = faultOfName(variable.name, all);
  return (
    <li className={styles.row} aria-label={`Variable ${variable.name}`}>
      <div className={styles.summary}>
        <button type="button" className={styles.toggle} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          <ChevronRight aria-hidden />
          <span className={styles.name} data-fault={fault !== null}>
            {variable.name || "(no name)"}
          </span>
          <span className={styles.note}>{noteOf(variable, isUsed)}</span>
        </button>
        <Select
          aria-label={`Type of ${variable.name}`}
          size="sm"
          variant="quiet"
          value={variable.type}
          options={VARIABLE_TYPES.map((type) => ({ value: type, label: type }))}
          disabled={locked !== null}
          onChange={(type) => change({ type, default: null })}
        />
      </div>
      {isOpen ? (
        <div className={styles.details}>
          <VariableDetails variable={variable} fault={fault} isUsed={isUsed} change={change} locked={locked} />
          <IconButton
            size="sm"
            label={`Remove variable ${variable.name}`}
            disabledReason={locked ?? (isUsed && "A message uses it. Take it out of the text first.")}
            onClick={() => onMove({ type: "removeVariable", index })}
          >
            <Trash2 />
          </IconButton>
        </div>
      ) : null}
    </li>
  );
}

function noteOf(variable: Variable, isUsed: boolean): string {
  if (!isUsed) return "not used";
  if (variable.required) return "required";
  return !hasDefault(variable) ? "optional" : `default ${valueText(variable.default)}`;
}

interface VariableDetailsProps {
  variable: Variable;
  fault: string | null;
  isUsed: boolean;
  change: (part: Partial<Variable>) => void;
  locked: string | null;
}

function VariableDetails({ variable, fault, isUsed, change, locked }: VariableDetailsProps) {
  const isLocked = locked !== null;
  return (
    <div className={styles.fields}>
      {isUsed ? null : (
        <Field label="Name" error={fault}>
          {(control) => (
            <Input {...control} mono value={variable.name} disabled={isLocked} onChange={(event) => change({ name: event.target.value })} />
          )}
        </Field>
      )}
      <Checkbox
        label="Required"
        hint="A call without it is refused. Not required: the default applies, or the variable is undefined."
        checked={variable.required}
        disabled={isLocked}
        onChange={(event) => change(event.target.checked ? { required: true, default: null } : { required: false })}
      />
      {variable.required ? null : <DefaultField key={variable.type} variable={variable} change={change} isLocked={isLocked} />}
      <Field label="Description" optional>
        {(control) => (
          <Input
            {...control}
            value={variable.description}
            placeholder="What to put in, for whoever calls the prompt"
            disabled={isLocked}
            onChange={(event) => change({ description: event.target.value })}
          />
        )}
      </Field>
    </div>
  );
}

interface DefaultFieldProps {
  variable: Variable;
  change: (part: Partial<Variable>) => void;
  isLocked: boolean;
}

/** The text is kept apart from the value, so that half a number or half a JSON text can stand there for a while. */
function DefaultField({ variable, change, isLocked }: DefaultFieldProps) {
  const [text, setText] = useState(valueText(variable.default));
  const parsed = text === "" ? null : parseValue(variable.type, text);
  const take = (next: string) => {
    setText(next);
    const value = next === "" ? null : parseValue(variable.type, next);
    if (value === null) change({ default: null });
    else if (value.ok) change({ default: value.value });
  };
  const isLong = variable.type === "array" || variable.type === "object";
  return (
    <Field label="Default" optional error={parsed && !parsed.ok ? parsed.reason : null}>
      {(control) =>
        isLong ? (
          <TextArea {...control} mono value={text} disabled={isLocked} onChange={(event) => take(event.target.value)} />
        ) : (
          <Input {...control} mono value={text} disabled={isLocked} onChange={(event) => take(event.target.value)} />
        )
      }
    </Field>
  );
}
