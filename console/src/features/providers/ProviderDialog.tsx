import { useState } from "react";

import { describeError } from "@/api/error";
import { useProject } from "@/api/session";
import { Button } from "@/design/Button";
import { Dialog } from "@/design/Dialog";
import { Checkbox, Field, Input, TextArea } from "@/design/Field";
import { Notice } from "@/design/Notice";
import { Select } from "@/design/Select";
import { useToast } from "@/design/Toast";

import { faultsOf, formFor, formOf, toChange, toCreate, type Faults, type Form } from "./provider";
import styles from "./ProviderDialog.module.css";
import { useChangeProvider, useCreateProvider, type Kind, type Provider } from "./queries";

interface ProviderDialogProps {
  /** The provider to change; null connects a new one. */
  provider: Provider | null;
  kinds: readonly Kind[];
  taken: readonly string[];
  onClose: () => void;
}

/** One form for every kind: it shows what the kind needs and folds away the rest. */
export function ProviderDialog({ provider, kinds, taken, onClose }: ProviderDialogProps) {
  const project = useProject();
  const create = useCreateProvider(project.id);
  const change = useChangeProvider(project.id);
  const toast = useToast();
  const [form, setForm] = useState<Form>(() => beginWith(provider, kinds, taken));
  const [isTried, setTried] = useState(false);
  const kind = kinds.find((each) => each.kind === form.kind);
  if (!kind) return null;
  const faults = faultsOf(form, kind, provider, taken);
  const set = (part: Partial<Form>) => setForm({ ...form, ...part });
  const error = create.error ?? change.error;

  const submit = () => {
    setTried(true);
    if (Object.keys(faults).length > 0 || create.isPending || change.isPending) return;
    const done = {
      onSuccess: () => {
        toast.done(provider ? `Changed ${form.name}` : `Connected ${form.name}`, provider ? undefined : "Check it to see whether its key works.");
        onClose();
      },
    };
    if (provider) change.mutate({ id: provider.id, change: toChange(form) }, done);
    else create.mutate(toCreate(form), done);
  };

  return (
    <Dialog
      open
      onOpenChange={onClose}
      width={560}
      title={provider ? `Edit ${provider.name}` : "Add provider"}
      description={kind.docs_note || undefined}
      onSubmit={submit}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" busy={create.isPending || change.isPending}>
            {provider ? "Save changes" : "Add provider"}
          </Button>
        </>
      }
    >
      <div className={styles.pair}>
        <Field label="Kind" hint={provider ? "The kind stays." : undefined}>
          {(control) => (
            <Select
              {...control}
              value={form.kind}
              disabled={provider !== null}
              options={kinds.map((each) => ({ value: each.kind, label: each.title }))}
              onChange={(next) => {
                const chosen = kinds.find((each) => each.kind === next);
                if (chosen) setForm({ ...formFor(chosen, taken), secret: form.secret, models: form.models });
              }}
            />
          )}
        </Field>
        <Field label="Name" hint={provider ? "The name stays: calls use it." : undefined} error={isTried ? (faults.name ?? null) : null}>
          {(control) => <Input {...control} mono disabled={provider !== null} spellCheck={false} value={form.name} onChange={(event) => set({ name: event.target.value })} />}
        </Field>
      </div>
      <SecretField form={form} kind={kind} provider={provider} fault={isTried ? faults.secret : undefined} set={set} />
      {kind.needs_base_url ? <AddressField form={form} kind={kind} fault={isTried ? faults.baseUrl : undefined} set={set} /> : null}
      <Field label="Models" optional hint="Offered in lists and by GET /v1/models. Others can still be called. Checking the provider can fill this in.">
        {(control) => <TextArea {...control} mono rows={2} spellCheck={false} placeholder={"gpt-5\ngpt-5-mini"} value={form.models} onChange={(event) => set({ models: event.target.value })} />}
      </Field>
      <Advanced form={form} kind={kind} faults={isTried ? faults : {}} set={set} />
      {error ? <Notice tone="bad">{describeError(error)}</Notice> : null}
    </Dialog>
  );
}

function beginWith(provider: Provider | null, kinds: readonly Kind[], taken: readonly string[]): Form {
  const first = kinds[0];
  if (provider) return formOf(provider);
  if (!first) throw new Error("the server knows no kind of provider");
  return formFor(first, taken);
}

interface PartProps {
  form: Form;
  kind: Kind;
  set: (part: Partial<Form>) => void;
}

/** Write-only: what is stored never comes back, only how it ends. */
function SecretField({ form, kind, provider, fault, set }: PartProps & { provider: Provider | null; fault: string | undefined }) {
  const stored = provider?.has_secret ? `A key ${provider.secret_hint ? `ending in ${provider.secret_hint} ` : ""}is stored. Leave this empty to keep it.` : "";
  return (
    <Field label="API key" optional={!kind.needs_secret && !stored} hint={stored || kind.secret_hint || "Only if you set one on your server."} error={fault ?? null}>
      {(control) => (
        <Input
          {...control}
          mono
          type="password"
          autoComplete="off"
          spellCheck={false}
          placeholder={provider?.has_secret ? `···${provider.secret_hint}` : ""}
          value={form.secret}
          onChange={(event) => set({ secret: event.target.value })}
        />
      )}
    </Field>
  );
}

function AddressField({ form, kind, fault, set }: PartProps & { fault: string | undefined }) {
  return (
    <Field label="Base URL" optional={!kind.needs_base_url} hint={kind.needs_base_url ? "Up to, and without, /chat/completions." : "Only to go through a proxy of your own."} error={fault ?? null}>
      {(control) => <Input {...control} mono type="url" spellCheck={false} placeholder={kind.base_url} value={form.baseUrl} onChange={(event) => set({ baseUrl: event.target.value })} />}
    </Field>
  );
}

function Advanced({ form, kind, faults, set }: PartProps & { faults: Faults }) {
  const isOpen = form.headers !== "" || faults.headers !== undefined || (faults.baseUrl !== undefined && !kind.needs_base_url);
  return (
    <details className={styles.advanced} open={isOpen || undefined}>
      <summary>Advanced</summary>
      <div className={styles.fields}>
        {kind.needs_base_url ? null : <AddressField form={form} kind={kind} fault={faults.baseUrl} set={set} />}
        <Field label="Extra headers" optional hint="One “Name: value” on each line, sent with every call. Not for secrets: they are shown here." error={faults.headers ?? null}>
          {(control) => <TextArea {...control} mono rows={2} spellCheck={false} placeholder="x-team: care" value={form.headers} onChange={(event) => set({ headers: event.target.value })} />}
        </Field>
        <Checkbox
          label="Keep connections open"
          hint="Faster. Turn it off for a server that drops connections after an answer."
          checked={form.keepAlive}
          onChange={(event) => set({ keepAlive: event.target.checked })}
        />
      </div>
    </details>
  );
}
