import { Plus, Trash2 } from "lucide-react";
import { useState } from "react";

import { describeError } from "@/api/error";
import { useProject, useRight } from "@/api/session";
import { Badge } from "@/design/Badge";
import { Button, IconButton } from "@/design/Button";
import { Card } from "@/design/Card";
import { Choice } from "@/design/Choice";
import { Checkbox, Field, Input, TextArea } from "@/design/Field";
import { formatCount } from "@/design/format";
import { Notice } from "@/design/Notice";
import { useToast } from "@/design/Toast";

import styles from "./Privacy.module.css";
import { useReplaceRedaction, useTrial, type Privacy, type Redaction } from "./queries";
import { isOn, PLACES, withChoice } from "./words";

const EXAMPLE = "Write to ada@example.com, or call +49 30 1234567. My key is sk-proj-4fJ8s0dK2lQ9xZ7c.";

/** What is taken out of texts before they are stored, with a text to try it on. */
export function RedactionTab({ privacy }: { privacy: Privacy }) {
  const project = useProject();
  const admin = useRight("admin");
  const toast = useToast();
  const replace = useReplaceRedaction(project.id);
  const [wanted, setWanted] = useState<Redaction>(privacy.redaction);
  const isChanged = JSON.stringify(wanted) !== JSON.stringify(privacy.redaction);
  const change = (part: Partial<Redaction>) => setWanted({ ...wanted, ...part });
  const save = () =>
    replace.mutate(wanted, { onSuccess: () => toast.done(isOn(wanted) ? "Redaction is in force" : "Redaction is off", "It holds for what arrives from now on.") });
  return (
    <div className={styles.split}>
      <Card
        title="What is taken out"
        description="Before anything is stored: calls through the gateway and telemetry alike, log records, spans put aside and dead letters too."
        actions={<Badge tone={isOn(privacy.redaction) ? "ok" : "neutral"}>{isOn(privacy.redaction) ? "in force" : "off"}</Badge>}
      >
        <form
          className={styles.form}
          onSubmit={(event) => {
            event.preventDefault();
            save();
          }}
        >
          <fieldset className={styles.group}>
            <legend>Look for</legend>
            <div className={styles.boxes}>
              {privacy.detectors.map((detector) => (
                <Checkbox
                  key={detector.name}
                  label={detector.help.split(":")[0]}
                  hint={`[${detector.label}]${detector.help.includes(":") ? ` ·${detector.help.slice(detector.help.indexOf(":") + 1)}` : ""}`}
                  checked={wanted.detectors.includes(detector.name)}
                  onChange={(event) =>
                    change({
                      detectors: withChoice(
                        privacy.detectors.map((each) => each.name),
                        wanted.detectors,
                        detector.name,
                        event.target.checked,
                      ),
                    })
                  }
                />
              ))}
            </div>
          </fieldset>
          <OwnPatterns patterns={wanted.patterns} onChange={(patterns) => change({ patterns })} />
          <fieldset className={styles.group}>
            <legend>Engines</legend>
            <div className={styles.boxes}>
              <Checkbox
                label="Presidio"
                hint={privacy.has_presidio ? "Phone numbers of all countries, licences, passports; much slower than patterns" : "Not installed on the server: pip install 'trimtab[pii]'"}
                disabled={!privacy.has_presidio && wanted.engine === "none"}
                checked={wanted.engine === "presidio"}
                onChange={(event) => change({ engine: event.target.checked ? "presidio" : "none" })}
              />
              <Checkbox
                label="The installation’s callback"
                hint={privacy.has_callback ? "Sees every text, and returns what is stored" : "None is set: see the setting redaction_callback"}
                disabled={!privacy.has_callback && !wanted.use_callback}
                checked={wanted.use_callback}
                onChange={(event) => change({ use_callback: event.target.checked })}
              />
            </div>
          </fieldset>
          <fieldset className={styles.group}>
            <legend>Where</legend>
            <div className={styles.places}>
              {PLACES.map((place) => (
                <Checkbox
                  key={place.value}
                  label={place.title}
                  checked={wanted.places.includes(place.value)}
                  onChange={(event) =>
                    change({
                      places: withChoice(
                        PLACES.map((each) => each.value),
                        wanted.places,
                        place.value,
                        event.target.checked,
                      ),
                    })
                  }
                />
              ))}
            </div>
            <Checkbox
              label="Hide every user id"
              hint="Whatever it looks like. A user keeps one name, so that users and their costs are still told apart."
              checked={wanted.pseudonymise_users}
              onChange={(event) => change({ pseudonymise_users: event.target.checked })}
            />
          </fieldset>
          <Choice
            label="What stands in its place"
            value={wanted.style}
            onChange={(style) => change({ style })}
            columns={3}
            options={[
              { value: "mask", title: "Its kind", detail: "[email]" },
              { value: "hash", title: "Its kind and a name", detail: "[email:1f0c…], the same for equal values" },
              { value: "remove", title: "Nothing", detail: "The text closes over it" },
            ]}
          />
          <Choice
            label="When an engine fails or is too slow"
            value={wanted.on_failure}
            onChange={(on_failure) => change({ on_failure })}
            columns={2}
            options={[
              { value: "closed", title: "Drop the content", detail: "The span stays, marked as redaction_failed" },
              { value: "open", title: "Store it all the same", detail: "With what the patterns have taken out; it is counted" },
            ]}
          />
          {replace.error ? <Notice tone="bad">{describeError(replace.error)}</Notice> : null}
          <div className={styles.save}>
            <Button type="submit" variant="primary" busy={replace.isPending} disabledReason={admin.reason ?? (isChanged ? null : "Nothing was changed.")}>
              Save redaction
            </Button>
            {isChanged ? <Button onClick={() => setWanted(privacy.redaction)}>Discard changes</Button> : null}
          </div>
        </form>
      </Card>
      <div className={styles.sticky}>
        <TrialCard wanted={wanted} />
        <DoneCard privacy={privacy} />
      </div>
    </div>
  );
}

function OwnPatterns({ patterns, onChange }: { patterns: Redaction["patterns"]; onChange: (patterns: Redaction["patterns"]) => void }) {
  const set = (index: number, part: Partial<Redaction["patterns"][number]>) =>
    onChange(patterns.map((each, at) => (at === index ? { ...each, ...part } : each)));
  return (
    <fieldset className={styles.group}>
      <legend>Own patterns</legend>
      {patterns.map((each, index) => (
        <div key={index} className={styles.pattern}>
          <Input aria-label={`Name of pattern ${index + 1}`} placeholder="order" value={each.name} onChange={(event) => set(index, { name: event.target.value })} />
          <Input
            mono
            aria-label={`Expression of pattern ${index + 1}`}
            placeholder="ORD-\d{6}"
            value={each.expression}
            onChange={(event) => set(index, { expression: event.target.value })}
          />
          <IconButton label={`Remove pattern ${index + 1}`} onClick={() => onChange(patterns.filter((_, at) => at !== index))}>
            <Trash2 />
          </IconButton>
        </div>
      ))}
      <div>
        <Button size="sm" icon={<Plus />} onClick={() => onChange([...patterns, { name: "", expression: "" }])}>
          Add a pattern
        </Button>
      </div>
      <p className={styles.quiet}>Regular expressions of RE2: their time is bounded, so they have no look-around and no back-references.</p>
    </fieldset>
  );
}

function TrialCard({ wanted }: { wanted: Redaction }) {
  const project = useProject();
  const admin = useRight("admin");
  const trial = useTrial(project.id);
  const [text, setText] = useState(EXAMPLE);
  return (
    <Card title="Try it" description="With the choices on the left, saved or not. Nothing is stored.">
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          trial.mutate({ redaction: wanted, text });
        }}
      >
        <Field label="Text">{(control) => <TextArea {...control} rows={4} value={text} onChange={(event) => setText(event.target.value)} />}</Field>
        <div>
          <Button type="submit" busy={trial.isPending} disabledReason={admin.reason}>
            Redact
          </Button>
        </div>
        {trial.error ? <Notice tone="bad">{describeError(trial.error)}</Notice> : null}
        {trial.data ? (
          <>
            <pre className={styles.shown} aria-label="What would be stored">
              {trial.data.text}
            </pre>
            <div className={styles.found}>
              {Object.entries(trial.data.found).map(([label, count]) => (
                <Badge key={label} tone={label === "failed" ? "bad" : "accent"}>
                  {label} {formatCount(count)}
                </Badge>
              ))}
              {Object.keys(trial.data.found).length === 0 ? <span className={styles.quiet}>Nothing was found.</span> : null}
            </div>
          </>
        ) : null}
      </form>
    </Card>
  );
}

function DoneCard({ privacy }: { privacy: Privacy }) {
  const removed = Object.entries(privacy.removed);
  const { failed = 0, dropped_after_failure = 0, payloads_not_kept = 0 } = privacy.counts;
  return (
    <Card title="Done since the server started">
      {removed.length === 0 ? <p className={styles.quiet}>Nothing was taken out so far.</p> : null}
      <div className={styles.found}>
        {removed.map(([label, count]) => (
          <Badge key={label}>
            {label} {formatCount(count)}
          </Badge>
        ))}
      </div>
      {failed > 0 ? (
        <Notice tone="warn">
          An engine failed on {formatCount(failed)} texts; the content of {formatCount(dropped_after_failure)} spans or records was dropped for it.
        </Notice>
      ) : null}
      {payloads_not_kept > 0 ? (
        <p className={styles.quiet}>{formatCount(payloads_not_kept)} refused items could not be read, so their payload was not kept.</p>
      ) : null}
    </Card>
  );
}
