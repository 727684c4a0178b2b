import { useState } from "react";

import { describeError } from "@/api/error";
import { useProject } from "@/api/session";
import { useEnvironments } from "@/app/ScopeBar";
import { Button } from "@/design/Button";
import { Checkbox, Field, Input, TextArea } from "@/design/Field";
import { Combobox, type Suggestion } from "@/design/Combobox";
import { Dialog } from "@/design/Dialog";
import { Notice } from "@/design/Notice";
import { Select } from "@/design/Select";
import { Skeleton } from "@/design/Skeleton";
import { Tabs } from "@/design/Tabs";

import { useVersions, type PromptDetail, type Version } from "../prompts/queries";
import { differences, liveIn, type Content } from "./history";
import { FIELDS, fieldText, overridableChoices, readParameters, withField, writeParameters, type Field as ParameterField, type Parameters } from "./parameters";
import { useHistory, useModels, useRelease, type Model, type Release } from "./queries";
import styles from "./ReleaseDialog.module.css";

export interface ReleaseRequest {
  /** The version to begin with; null takes the newest. */
  version: number | null;
  environment: string | null;
}

interface ReleaseDialogProps {
  prompt: PromptDetail;
  /** Null while nobody asks for a release. */
  request: ReleaseRequest | null;
  onClose: () => void;
  /** Told instead of `onClose` once it is live. */
  onReleased: (made: Release) => void;
}

/** Puts a version live in an environment, with the model and the parameters that it runs on. */
export function ReleaseDialog({ prompt, request, onClose, onReleased }: ReleaseDialogProps) {
  const project = useProject();
  const environments = useEnvironments();
  const releases = useHistory(project.id, prompt);
  const versions = useVersions(project.id, prompt.id);
  if (!request) return null;
  if (!environments.data || !releases.items || !versions.data) {
    return (
      <Dialog open onOpenChange={onClose} width={640} title={`Release ${prompt.name}`}>
        <Skeleton height={420} radius={7} />
      </Dialog>
    );
  }
  return (
    <ReleaseForm
      prompt={prompt}
      request={request}
      environments={environments.data.items.map((each) => each.name)}
      releases={releases.items}
      versions={versions.data.pages.flatMap((page) => page.items)}
      onClose={onClose}
      onReleased={onReleased}
    />
  );
}

interface ReleaseFormProps extends Omit<ReleaseDialogProps, "request"> {
  request: ReleaseRequest;
  environments: readonly string[];
  releases: readonly Release[];
  versions: readonly Version[];
}

/** What is being filled in, begun from what is live there, or else from the newest release anywhere. */
function useReleaseDraft({ prompt, request, environments, releases }: ReleaseFormProps, models: readonly Suggestion[]) {
  const [version, setVersion] = useState(request.version ?? prompt.latest_version);
  const [environment, setEnvironment] = useState(() => request.environment ?? firstWithout(version, environments, releases));
  const pattern = liveIn(releases, environment) ?? releases.find((each) => each.is_live) ?? releases[0];
  const [typedModel, setModel] = useState(pattern?.model ?? null);
  const [text, setText] = useState(writeParameters(pattern?.parameters ?? {}));
  const [overridable, setOverridable] = useState<readonly string[]>(pattern?.overridable ?? []);
  const only = models.length === 1 ? models[0]?.value : undefined;

  /** Another environment brings its own live model and parameters, which are the likely ones. */
  const changeEnvironment = (next: string) => {
    const there = liveIn(releases, next);
    setEnvironment(next);
    if (!there) return;
    setModel(there.model);
    setText(writeParameters(there.parameters));
    setOverridable(there.overridable);
  };
  return { environment, changeEnvironment, version, setVersion, model: typedModel ?? only ?? "", setModel, text, setText, overridable, setOverridable };
}

function ReleaseForm(props: ReleaseFormProps) {
  const { prompt, environments, releases, versions, onClose, onReleased } = props;
  const project = useProject();
  const models = useModels(project.id);
  const release = useRelease(project.id);
  const choices = suggestionsOf(models.data ?? []);
  const draft = useReleaseDraft(props, choices);
  const [note, setNote] = useState("");
  const [isTried, setTried] = useState(false);
  const { environment, version, model, overridable } = draft;
  const live = liveIn(releases, environment);
  const read = readParameters(draft.text);

  const submit = () => {
    setTried(true);
    if (!read.ok || model === "" || release.isPending) return;
    release.mutate(
      {
        prompt_id: prompt.id,
        environment,
        version,
        model,
        parameters: read.parameters,
        overridable: [...overridable],
        note,
        expected_live_id: live?.id ?? "",
      },
      { onSuccess: onReleased },
    );
  };

  return (
    <Dialog
      open
      onOpenChange={onClose}
      width={640}
      title={`Release ${prompt.name}`}
      onSubmit={submit}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" busy={release.isPending}>
            Release
          </Button>
        </>
      }
    >
      <div className={styles.pair}>
        <Field label="Environment">
          {(control) => (
            <Select
              {...control}
              value={environment}
              onChange={draft.changeEnvironment}
              options={environments.map((name) => {
                const there = liveIn(releases, name);
                return { value: name, label: name, hint: there ? `v${there.version} live` : "nothing live" };
              })}
            />
          )}
        </Field>
        <Field label="Version">
          {(control) => (
            <Select {...control} value={String(version)} onChange={(next) => draft.setVersion(Number(next))} options={versionOptions(versions, version)} />
          )}
        </Field>
      </div>
      <Field
        label="Model"
        hint="One of your providers’ models, an alias, or any provider/model."
        error={isTried && model === "" ? "Choose the model that this version runs on." : null}
      >
        {(control) => (
          <Combobox {...control} value={model} onChange={draft.setModel} suggestions={choices} placeholder="provider/model" none="No such model is listed. It is used as you wrote it." />
        )}
      </Field>
      <ParameterFields text={draft.text} onText={draft.setText} />
      <Overridable value={overridable} onChange={draft.setOverridable} parameters={read.ok ? read.parameters : {}} />
      <Field label="Note" optional>
        {(control) => <Input {...control} placeholder="Why now" value={note} onChange={(event) => setNote(event.target.value)} />}
      </Field>
      {read.ok && model !== "" ? (
        <Consequence environment={environment} live={live} next={{ version, model, parameters: read.parameters, overridable: [...overridable] }} />
      ) : null}
      {release.error ? <Notice tone="bad">{describeError(release.error)}</Notice> : null}
    </Dialog>
  );
}

/** The first environment that does not have the version yet: where it is likely to go next. */
function firstWithout(version: number, environments: readonly string[], releases: readonly Release[]): string {
  return environments.find((name) => liveIn(releases, name)?.version !== version) ?? environments[0] ?? "";
}

function suggestionsOf(models: readonly Model[]): Suggestion[] {
  return models.filter((each) => each.kind !== "prompt").map((each) => ({ value: each.id, hint: each.kind === "alias" ? "alias" : "" }));
}

function versionOptions(versions: readonly Version[], chosen: number) {
  const options = versions.map((each) => ({ value: String(each.number), label: `v${each.number}`, hint: each.message.slice(0, 40) }));
  return versions.some((each) => each.number === chosen) ? options : [{ value: String(chosen), label: `v${chosen}`, hint: "" }, ...options];
}

function ParameterFields({ text, onText }: { text: string; onText: (text: string) => void }) {
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

function Overridable({ value, onChange, parameters }: OverridableProps) {
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

interface ConsequenceProps {
  environment: string;
  live: Release | null;
  next: Content;
}



/** What callers will notice, before it happens. */
export function Consequence({ environment, live, next }: ConsequenceProps) {
  if (!live) {
    return (
      <Notice>
        Nothing is live in <strong>{environment}</strong> yet. Calls there will get version {next.version} on {next.model} within a second.
      </Notice>
    );
  }
  const changes = differences(live, next);
  if (changes.length === 0) return <Notice tone="warn">This is exactly what is live in {environment} already.</Notice>;
  return (
    <div className={styles.changes}>
      <p>
        Changes for every call in <strong>{environment}</strong>, within a second:
      </p>
      <dl>
        {changes.map((change) => (
          <div key={change.field}>
            <dt>{change.field}</dt>
            <dd>
              <del>{change.before}</del> → <ins>{change.after}</ins>
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
