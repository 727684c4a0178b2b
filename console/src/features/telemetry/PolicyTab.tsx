import { Plus, Trash2 } from "lucide-react";
import { useDeferredValue, useState } from "react";

import { describeError } from "@/api/error";
import { useProject, useRight } from "@/api/session";
import { ErrorView } from "@/app/ErrorView";
import { Badge } from "@/design/Badge";
import { Button, IconButton } from "@/design/Button";
import { Card } from "@/design/Card";
import { Choice } from "@/design/Choice";
import { Checkbox, Field, Input } from "@/design/Field";
import { Count, Money, RelativeTime } from "@/design/Figures";
import { Notice } from "@/design/Notice";
import { Select } from "@/design/Select";
import { Skeleton } from "@/design/Skeleton";
import { useToast } from "@/design/Toast";
import { QueryBar } from "@/features/traces/QueryBar";

import { explain } from "./outcome";
import { FATES, foretold, isSame, written } from "./policy";
import { usePolicy, usePreview, useReplacePolicy, type Policy, type PolicyRecord, type Preview } from "./queries";
import styles from "./Telemetry.module.css";

/** What the project lets in, with what that would have meant for the last hour. */
export function PolicyTab() {
  const project = useProject();
  const record = usePolicy(project.id);
  if (record.error) return <ErrorView error={record.error} onRetry={() => void record.refetch()} />;
  if (!record.data) return <Skeleton height={320} radius={10} />;
  return <PolicyForm key={record.data.updated_at ?? "default"} record={record.data} />;
}

function PolicyForm({ record }: { record: PolicyRecord }) {
  const project = useProject();
  const admin = useRight("admin");
  const replace = useReplacePolicy(project.id);
  const toast = useToast();
  const inForce = record.policy as Policy;
  const [policy, setPolicy] = useState(inForce);
  const asked = useDeferredValue(policy);
  const preview = usePreview(project.id, written(asked));
  const set = (part: Partial<Policy>) => setPolicy({ ...policy, ...part });
  const unchanged = isSame(policy, inForce);
  const save = () =>
    replace.mutate(written(policy), {
      onSuccess: () => toast.done("The policy is in force", "It holds for what comes from now on, within a second. What is stored stays."),
    });
  return (
    <div className={styles.policy}>
      <Card
        title="What is let in"
        description={
          record.updated_at ? (
            <>
              Changed by {record.updated_by} <RelativeTime at={record.updated_at} />.
            </>
          ) : (
            "The policy of this installation; nobody has changed it for this project."
          )
        }
      >
        <div className={styles.form}>
          <p>Spans of model calls, agents, tools and retrievals are kept, with everything that lies above them.</p>
          <Choice label="Spans that have nothing to do with a model" value={policy.unrelated} onChange={(unrelated) => set({ unrelated })} options={FATES} />
          <Field
            label="Put aside those of"
            hint="Of every hundred traces. What would be put aside in the others is dropped. All spans of a trace share its lot."
          >
            {(control) => (
              <Input
                {...control}
                className={styles.percent}
                type="number"
                min={0}
                max={100}
                suffix="%"
                value={String(policy.aside_percent)}
                onChange={(event) => set({ aside_percent: Math.min(100, Math.max(0, Math.round(Number(event.target.value)))) })}
              />
            )}
          </Field>
          <Rules policy={policy} set={set} />
          <Checkbox
            label="Count a call once that is reported twice"
            hint="By two instrumentations, or by one and Trimtab's gateway. When off, each report counts, and is paid for twice in every sum."
            checked={policy.deduplicates}
            onChange={(event) => set({ deduplicates: event.target.checked })}
          />
          {replace.error ? <Notice tone="bad">{describeError(replace.error)}</Notice> : null}
          <div className={styles.actions}>
            <Button
              variant="primary"
              busy={replace.isPending}
              disabledReason={admin.reason ?? (unchanged ? "Nothing is changed." : preview.error ? "The policy cannot be applied; see the preview." : null)}
              onClick={save}
            >
              Put in force
            </Button>
            <Button variant="ghost" disabledReason={unchanged ? "Nothing is changed." : null} onClick={() => setPolicy(inForce)}>
              Undo changes
            </Button>
          </div>
        </div>
      </Card>
      <Card title="Preview" description="Tried on what came in the last hour. What was dropped then cannot be seen.">
        {preview.error ? <Notice tone="bad">{describeError(preview.error)}</Notice> : preview.data ? <Foretold preview={preview.data} /> : <Skeleton height={90} />}
      </Card>
    </div>
  );
}

function Rules({ policy, set }: { policy: Policy; set: (part: Partial<Policy>) => void }) {
  const change = (place: number, part: Partial<Policy["rules"][number]>) =>
    set({ rules: policy.rules.map((rule, index) => (index === place ? { ...rule, ...part } : rule)) });
  return (
    <fieldset className={styles.group}>
      <legend>Rules</legend>
      <p className={styles.quiet}>The first that fits decides, whatever the span is: a model call that a rule takes is missing from the costs.</p>
      {policy.rules.length > 0 ? (
        <ol className={styles.rules} aria-label="Rules">
          {policy.rules.map((rule, place) => (
            // Rules have no other name than their place; none is moved.
            <li key={place} aria-label={`Rule ${place + 1}`}>
              <QueryBar id={`rule-${place}`} query={rule.query} onChange={(query) => change(place, { query })} hint='name = "GET /health"' />
              <Select
                value={rule.fate}
                onChange={(fate) => change(place, { fate })}
                options={[
                  { value: "drop", label: "Drop" },
                  { value: "aside", label: "Put aside" },
                ]}
              />
              <IconButton label={`Remove rule ${place + 1}`} onClick={() => set({ rules: policy.rules.filter((_, index) => index !== place) })}>
                <Trash2 />
              </IconButton>
            </li>
          ))}
        </ol>
      ) : null}
      <Button size="sm" icon={<Plus />} className={styles.start} onClick={() => set({ rules: [...policy.rules, { query: "", fate: "drop" }] })}>
        Add a rule
      </Button>
    </fieldset>
  );
}

const TONES = { keep: "ok", aside: "neutral", drop: "warn" } as const;
const NAMES = { keep: "Kept", aside: "Put aside", drop: "Dropped" } as const;

function Foretold({ preview }: { preview: Preview }) {
  return (
    <div className={styles.form} role="status">
      <p>{foretold(preview)}</p>
      {preview.spans > 0 ? (
        <div className={styles.bar} role="img" aria-label={`${preview.kept} kept, ${preview.aside} put aside, ${preview.dropped} dropped`}>
          {(["kept", "aside", "dropped"] as const).map((each) => (
            <span key={each} data-fate={each} style={{ flexGrow: preview[each] }} />
          ))}
        </div>
      ) : null}
      <ul className={styles.reasons}>
        {preview.spans > 0 ? (
          <li>
            <Badge tone="ok">{NAMES.keep}</Badge>
            <span>belongs to a model call, or lies above one</span>
            <Count value={preview.kept} />
          </li>
        ) : null}
        {preview.reasons.map((each) => (
          <li key={`${each.fate} ${each.reason}`}>
            <Badge tone={TONES[each.fate]}>{NAMES[each.fate]}</Badge>
            <span>{explain({ outcome: each.fate === "drop" ? "dropped" : "aside", reason: each.reason })}</span>
            <Count value={each.spans} />
          </li>
        ))}
      </ul>
      {preview.calls_lost > 0 ? (
        <Notice tone="warn">
          <Count value={preview.calls_lost} /> {preview.calls_lost === 1 ? "model call" : "model calls"} worth <Money usd={preview.cost_lost_usd} /> would be missing from
          the costs.
        </Notice>
      ) : null}
    </div>
  );
}
