import { CircleAlert, CircleCheck, Pencil, Trash2, Zap } from "lucide-react";
import { useState } from "react";

import { describeError } from "@/api/error";
import { useProject, useRight } from "@/api/session";
import { Badge } from "@/design/Badge";
import { Button, IconButton } from "@/design/Button";
import { Confirm } from "@/design/Dialog";
import { Duration } from "@/design/Figures";
import { Notice } from "@/design/Notice";
import { useToast } from "@/design/Toast";

import styles from "./ProviderCard.module.css";
import { useChangeProvider, useCheckProvider, useDeleteProvider, type Check, type Kind, type Provider } from "./queries";

interface ProviderCardProps {
  provider: Provider;
  kind: Kind | undefined;
  onEdit: () => void;
}

const SHOWN = 8;

/** One provider: where it is, how its key ends, its models, and whether it answers. */
export function ProviderCard({ provider, kind, onEdit }: ProviderCardProps) {
  const project = useProject();
  const admin = useRight("admin");
  const check = useCheckProvider(project.id);
  const [isDeleting, setDeleting] = useState(false);
  const hidden = provider.models.length - SHOWN;
  return (
    <li className={styles.card} aria-label={provider.name}>
      <div className={styles.head}>
        <h2>{provider.name}</h2>
        <Badge>{kind?.title ?? provider.kind}</Badge>
        <div className={styles.actions}>
          <Button size="sm" icon={<Zap />} busy={check.isPending} disabledReason={admin.reason} onClick={() => check.mutate(provider.id)}>
            Check
          </Button>
          <IconButton size="sm" label={`Edit ${provider.name}`} disabledReason={admin.reason} onClick={onEdit}>
            <Pencil />
          </IconButton>
          <IconButton size="sm" label={`Delete ${provider.name}`} disabledReason={admin.reason} onClick={() => setDeleting(true)}>
            <Trash2 />
          </IconButton>
        </div>
      </div>
      <dl className={styles.facts}>
        <dt>Address</dt>
        <dd className={styles.mono}>{provider.base_url}</dd>
        <dt>Key</dt>
        <dd className={styles.mono}>{keyText(provider)}</dd>
        <dt>Models</dt>
        <dd className={styles.models}>
          {provider.models.length === 0 ? <span className={styles.none}>none listed; any can be called by its name</span> : null}
          {provider.models.slice(0, SHOWN).map((model) => (
            <Badge key={model} mono>
              {model}
            </Badge>
          ))}
          {hidden > 0 ? <span className={styles.none}>and {hidden} more</span> : null}
        </dd>
      </dl>
      {check.data ? <CheckResult provider={provider} check={check.data} /> : null}
      {check.error ? <Notice tone="bad">{describeError(check.error)}</Notice> : null}
      {isDeleting ? <DeleteDialog provider={provider} onClose={() => setDeleting(false)} /> : null}
    </li>
  );
}

function keyText(provider: Provider): string {
  if (!provider.has_secret) return "none";
  return provider.secret_hint === "" ? "sealed" : `···${provider.secret_hint}`;
}

/** What the provider answered, and its models to take over. */
function CheckResult({ provider, check }: { provider: Provider; check: Check }) {
  const project = useProject();
  const change = useChangeProvider(project.id);
  const toast = useToast();
  const found = check.models.filter((model) => !provider.models.includes(model));
  const take = () =>
    change.mutate(
      { id: provider.id, change: { models: [...provider.models, ...found] } },
      {
        onSuccess: () => toast.done(`${found.length} models of ${provider.name} listed`),
        onError: (error) => toast.failed("The models could not be listed", describeError(error)),
      },
    );
  return (
    <div className={styles.check} data-ok={check.ok} role="status">
      {check.ok ? <CircleCheck aria-hidden /> : <CircleAlert aria-hidden />}
      <p>
        {check.message} <span className={styles.none}>{check.status === null ? "" : `status ${check.status} · `}</span>
        <span className={styles.none}>
          <Duration ms={check.latency_ms} />
        </span>
      </p>
      {check.ok && found.length > 0 ? (
        <Button size="sm" busy={change.isPending} onClick={take}>
          List its {found.length} {provider.models.length > 0 ? "other " : ""}models
        </Button>
      ) : null}
    </div>
  );
}

function DeleteDialog({ provider, onClose }: { provider: Provider; onClose: () => void }) {
  const project = useProject();
  const remove = useDeleteProvider(project.id);
  const toast = useToast();
  return (
    <Confirm
      open
      onOpenChange={onClose}
      title={`Delete ${provider.name}?`}
      description={`Its key is erased and calls to ${provider.name}/… are refused within a second. What was recorded stays.`}
      action="Delete provider"
      busy={remove.isPending}
      onConfirm={() =>
        remove.mutate(provider.id, {
          onSuccess: () => {
            toast.done(`Deleted ${provider.name}`);
            onClose();
          },
        })
      }
    >
      {remove.error ? <Notice tone="bad">{describeError(remove.error)}</Notice> : null}
    </Confirm>
  );
}
