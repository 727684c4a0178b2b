import { useState } from "react";

import { describeError } from "@/api/error";
import { useProject } from "@/api/session";
import { useEnvironments } from "@/app/ScopeBar";
import { Button } from "@/design/Button";
import { Field, Input } from "@/design/Field";
import { Combobox, type Suggestion } from "@/design/Combobox";
import { Dialog } from "@/design/Dialog";
import { Notice } from "@/design/Notice";
import { Select } from "@/design/Select";
import { Skeleton } from "@/design/Skeleton";

import { useVersions, type PromptDetail, type Version } from "../prompts/queries";
import { Consequence } from "./Consequence";
import { liveIn } from "./history";
import { Overridable, ParameterFields } from "./ParameterFields";
import { readParameters, writeParameters } from "./parameters";
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
      <WhereAndWhat draft={draft} environments={environments} releases={releases} versions={versions} />
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

interface WhereAndWhatProps extends Pick<ReleaseFormProps, "environments" | "releases" | "versions"> {
  draft: ReturnType<typeof useReleaseDraft>;
}

/** Which version, and where it goes. */
function WhereAndWhat({ draft, environments, releases, versions }: WhereAndWhatProps) {
  const { environment, version } = draft;
  return (
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
