import { useState } from "react";

import { describeError } from "@/api/error";
import { useProject } from "@/api/session";
import { useEnvironments } from "@/app/ScopeBar";
import { Button } from "@/design/Button";
import { Dialog } from "@/design/Dialog";
import { Checkbox, Field, Input } from "@/design/Field";
import { Notice } from "@/design/Notice";
import { Secret } from "@/design/Secret";
import { Select } from "@/design/Select";

import styles from "./NewKeyDialog.module.css";
import { useCreateKey, type CreatedKey } from "./queries";
import { EXPIRIES, expiresAt, SCOPES, type Scope } from "./scope";

interface NewKeyDialogProps {
  onClose: () => void;
  /** Given the text of the key as well, for a page that has a use for it at once. */
  onSecret?: (secret: string) => void;
}

/** Makes a key and shows its text, this once. */
export function NewKeyDialog({ onClose, onSecret }: NewKeyDialogProps) {
  const [created, setCreated] = useState<CreatedKey | null>(null);
  if (created) return <Created created={created} onClose={onClose} />;
  return (
    <Form
      onCreated={(made) => {
        setCreated(made);
        onSecret?.(made.secret);
      }}
      onClose={onClose}
    />
  );
}

function Form({ onCreated, onClose }: { onCreated: (created: CreatedKey) => void; onClose: () => void }) {
  const project = useProject();
  const environments = useEnvironments();
  const create = useCreateKey(project.id);
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<readonly Scope[]>(["call"]);
  const [chosen, setChosen] = useState<string | null>(null);
  const [expiry, setExpiry] = useState<(typeof EXPIRIES)[number]["id"]>("never");
  const [routes, setRoutes] = useState(false);
  const [isTried, setTried] = useState(false);
  const names = (environments.data?.items ?? []).map((each) => each.name);
  const environment = chosen ?? (names.includes("production") ? "production" : (names[0] ?? ""));
  const nameFault = name.trim() === "" ? "Say what will use the key, so that you know it again." : null;
  const scopeFault = scopes.length === 0 ? "A key without any scope could do nothing." : null;

  const submit = () => {
    setTried(true);
    if (nameFault !== null || scopeFault !== null || environment === "" || create.isPending) return;
    const days = EXPIRIES.find((each) => each.id === expiry)?.days ?? null;
    create.mutate(
      { name: name.trim(), scopes: [...scopes], environment, expires_at: expiresAt(days, new Date()), routes_projects: routes },
      { onSuccess: onCreated },
    );
  };

  return (
    <Dialog
      open
      onOpenChange={onClose}
      width={520}
      title="New key"
      onSubmit={submit}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" busy={create.isPending || environments.isPending}>
            Create key
          </Button>
        </>
      }
    >
      <Field label="Name" error={isTried ? nameFault : null}>
        {(control) => <Input {...control} autoFocus placeholder="web backend" value={name} onChange={(event) => setName(event.target.value)} />}
      </Field>
      <div className={styles.pair}>
        <Field label="Environment" hint="Prompts called without one get what is live here.">
          {(control) => <Select {...control} value={environment || undefined} onChange={setChosen} options={names.map((each) => ({ value: each, label: each }))} />}
        </Field>
        <Field label="Expires">
          {(control) => <Select {...control} value={expiry} onChange={setExpiry} options={EXPIRIES.map((each) => ({ value: each.id, label: each.title }))} />}
        </Field>
      </div>
      <fieldset className={styles.scopes}>
        <legend>Scopes</legend>
        {SCOPES.map((scope) => (
          <Checkbox
            key={scope.id}
            label={scope.title}
            hint={scope.detail}
            checked={scopes.includes(scope.id)}
            onChange={(event) => setScopes(event.target.checked ? [...scopes, scope.id] : scopes.filter((each) => each !== scope.id))}
          />
        ))}
        {isTried && scopeFault ? (
          <p role="alert" className={styles.fault}>
            {scopeFault}
          </p>
        ) : null}
      </fieldset>
      <Checkbox
        label="Telemetry may go to other projects"
        hint="To the one of this organisation that a header or the resource names, such as x-project-name. For a collector that many teams share."
        checked={routes}
        onChange={(event) => setRoutes(event.target.checked)}
      />
      {environments.error ? <Notice tone="bad">{describeError(environments.error)}</Notice> : null}
      {create.error ? <Notice tone="bad">{describeError(create.error)}</Notice> : null}
    </Dialog>
  );
}

function Created({ created, onClose }: { created: CreatedKey; onClose: () => void }) {
  return (
    <Dialog
      open
      onOpenChange={onClose}
      width={520}
      title={`Key “${created.key.name}” is ready`}
      description="It works within a second."
      footer={
        <Button variant="primary" onClick={onClose}>
          Done
        </Button>
      }
    >
      <Secret label="API key" text={created.secret} />
      <Notice tone="warn">Copy it now. Only its fingerprint is kept here, so it cannot be shown again.</Notice>
    </Dialog>
  );
}
