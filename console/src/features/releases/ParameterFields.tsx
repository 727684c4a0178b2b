import { useState } from "react";

import { Checkbox, Field, Input, TextArea } from "@/design/Field";
import { Tabs } from "@/design/Tabs";

import { FIELDS, fieldText, overridableChoices, readParameters, withField, writeParameters, type Field as ParameterField, type Parameters } from "./parameters";
import styles from "./ReleaseDialog.module.css";

/** The parameters of a release, as simple fields or as JSON; the text is the one truth behind both. */
export function ParameterFields({ text, onText }: { text: string; onText: (text: string) => void }) {
  const [form, setForm] = useState<"fields" | "json">("fields");
  const read = readParameters(text);
  const shown = read.ok ? form : "json";
  return (
    <section className={styles.group} aria-label="Parameters">
      <header>
        <h3>Parameters</h3>
        <Tabs
          label="Form of parameters"
          variant="pill"
          value={shown}
          onChange={setForm}
          tabs={[
            { value: "fields", label: "Fields" },
            { value: "json", label: "JSON" },
          ]}
        />
      </header>
      {shown === "fields" && read.ok ? (
        <>
          <div className={styles.fields}>
            {FIELDS.map((field) => (
              <ParameterInput key={field.name} field={field} parameters={read.parameters} onChange={(parameters) => onText(writeParameters(parameters))} />
            ))}
          </div>
          <OtherParameters parameters={read.parameters} />
        </>
      ) : (
        <Field label="Parameters as JSON" hideLabel error={read.ok ? null : read.reason}>
          {(control) => <TextArea {...control} mono rows={5} placeholder='{"temperature": 0.2}' value={text} onChange={(event) => onText(event.target.value)} />}
        </Field>
      )}
    </section>
  );
}

function OtherParameters({ parameters }: { parameters: Parameters }) {
  const others = Object.keys(parameters).filter((name) => !FIELDS.some((field) => field.name === name));
  if (others.length === 0) return null;
  return <p className={styles.hint}>Also set, see JSON: {others.join(", ")}</p>;
}

interface ParameterInputProps {
  field: ParameterField;
  parameters: Parameters;
  onChange: (parameters: Parameters) => void;
}

/** Keeps its own text, so that half a number can stand there; only what can be read becomes a parameter. */
function ParameterInput({ field, parameters, onChange }: ParameterInputProps) {
  const outer = fieldText(field, parameters);
  const [text, setText] = useState(outer);
  const [known, setKnown] = useState(outer);
  if (outer !== known) {
    setKnown(outer);
    const mine = withField(parameters, field, text);
    if (!mine.ok || fieldText(field, mine.parameters) !== outer) setText(outer);
  }
  const next = withField(parameters, field, text);
  return (
    <Field label={field.label} error={next.ok ? null : next.reason}>
      {(control) => (
        <Input
          {...control}
          mono
          inputMode={field.type === "list" ? "text" : "decimal"}
          placeholder={field.hint}
          title={field.title}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            const read = withField(parameters, field, event.target.value);
            if (read.ok) onChange(read.parameters);
          }}
        />
      )}
    </Field>
  );
}

interface OverridableProps {
  value: readonly string[];
  onChange: (names: readonly string[]) => void;
  parameters: Parameters;
}

/** Which parameters a caller may set instead of the release. */
export function Overridable({ value, onChange, parameters }: OverridableProps) {
  const isAll = value.includes("*");
  const names = [...new Set([...overridableChoices(parameters), ...value.filter((name) => name !== "*")])];
  const toggle = (name: string, isOn: boolean) => onChange(isOn ? [...value, name] : value.filter((each) => each !== name));
  return (
    <fieldset className={styles.group}>
      <legend>Callers may override</legend>
      <p className={styles.hint}>Everything else that a caller sends is ignored, so that what you tested is what runs.</p>
      <div className={styles.checks}>
        <Checkbox label="everything" checked={isAll} onChange={(event) => onChange(event.target.checked ? ["*"] : [])} />
        {names.map((name) => (
          <Checkbox key={name} label={name} checked={isAll || value.includes(name)} disabled={isAll} onChange={(event) => toggle(name, event.target.checked)} />
        ))}
      </div>
    </fieldset>
  );
}
