import { useState } from "react";

import { describeError } from "@/api/error";
import { useProject } from "@/api/session";
import { Button } from "@/design/Button";
import { Dialog } from "@/design/Dialog";
import { Field, Input } from "@/design/Field";
import { Notice } from "@/design/Notice";
import { Select } from "@/design/Select";
import { Tabs } from "@/design/Tabs";
import { useToast } from "@/design/Toast";
import { useKinds, useProviders } from "@/features/providers/queries";
import { BUCKET_NAMES } from "@/features/traces/price";

import styles from "./Costs.module.css";
import { whoseOptions } from "./ExplainCard";
import { ANY, faultsOf, OTHERS, TIERS, toNewPrice, USUAL, type Bucket, type Faults, type Form } from "./price";
import { useSetPrice } from "./queries";

interface PriceDialogProps {
  first: Form;
  onClose: () => void;
}

/** Sets a price: rates for models, or a discount on their list prices. */
export function PriceDialog({ first, onClose }: PriceDialogProps) {
  const project = useProject();
  const kinds = useKinds();
  const providers = useProviders(project.id);
  const setPrice = useSetPrice(project.id);
  const toast = useToast();
  const [form, setForm] = useState(first);
  const [isTried, setTried] = useState(false);
  const faults = isTried ? faultsOf(form) : {};
  const set = (part: Partial<Form>) => setForm({ ...form, ...part });
  const submit = () => {
    setTried(true);
    if (Object.keys(faultsOf(form)).length > 0 || setPrice.isPending) return;
    setPrice.mutate(toNewPrice(form), {
      onSuccess: (made) => {
        toast.done(`Set the price of ${made.model}`, "New calls are priced by it within a second. The past can be priced again.");
        onClose();
      },
    });
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      width={620}
      title="Set a price"
      description="It takes the place of the one of the same provider, model and tier, from its beginning on."
      onSubmit={submit}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" busy={setPrice.isPending}>
            Set price
          </Button>
        </>
      }
    >
      <div className={styles.three}>
        <Field label="Provider">
          {(control) => (
            <Select
              {...control}
              value={form.whose}
              onChange={(whose) => set({ whose })}
              options={[{ value: ANY, label: "Any provider" }, ...whoseOptions(kinds.data ?? [], providers.data ?? [])]}
            />
          )}
        </Field>
        <Field label="Model" error={faults.model ?? null}>
          {(control) => <Input {...control} mono spellCheck={false} placeholder="gpt-5*" value={form.model} onChange={(event) => set({ model: event.target.value })} />}
        </Field>
        <Field label="Service tier">{(control) => <Select {...control} value={form.tier} onChange={(tier) => set({ tier })} options={TIERS} />}</Field>
      </div>
      <Tabs
        label="Kind of price"
        variant="pill"
        value={form.what}
        onChange={(what) => set({ what })}
        tabs={[
          { value: "rates", label: "Rates" },
          { value: "discount", label: "Discount on the list price" },
        ]}
      />
      {form.what === "rates" ? (
        <Rates form={form} faults={faults} set={set} />
      ) : (
        <Field label="Discount" error={faults.discount ?? null} hint="Off the list price of every model that fits.">
          {(control) => <Input {...control} mono inputMode="decimal" suffix="%" placeholder="15" value={form.discount} onChange={(event) => set({ discount: event.target.value })} />}
        </Field>
      )}
      <div className={styles.two}>
        <Field label="Holds from" optional hint="Now, unless given. May lie in the past, to price it again.">
          {(control) => <Input {...control} type="datetime-local" value={form.from} onChange={(event) => set({ from: event.target.value })} />}
        </Field>
        <Field label="Note" optional>
          {(control) => <Input {...control} maxLength={500} placeholder="Contract of May" value={form.note} onChange={(event) => set({ note: event.target.value })} />}
        </Field>
      </div>
      {setPrice.error ? <Notice tone="bad">{describeError(setPrice.error)}</Notice> : null}
    </Dialog>
  );
}

interface PartProps {
  form: Form;
  faults: Faults;
  set: (part: Partial<Form>) => void;
}

function Rates({ form, faults, set }: PartProps) {
  const [shown, setShown] = useState<readonly Bucket[]>(USUAL);
  return (
    <>
      <table className={styles.rates} aria-label="Rates">
        <thead>
          <tr>
            <th scope="col">Dollars per million tokens</th>
            <th scope="col">Rate</th>
            {form.above === "" ? null : <th scope="col">Past the threshold</th>}
          </tr>
        </thead>
        <tbody>
          {shown.map((bucket) => (
            <tr key={bucket}>
              <th scope="row">{BUCKET_NAMES[bucket]}</th>
              <td>
                <RateInput label={`Rate: ${BUCKET_NAMES[bucket] ?? bucket}`} value={form.rates[bucket]} onChange={(text) => set({ rates: { ...form.rates, [bucket]: text } })} />
              </td>
              {form.above === "" ? null : (
                <td>
                  <RateInput
                    label={`Past the threshold: ${BUCKET_NAMES[bucket] ?? bucket}`}
                    value={form.past[bucket]}
                    onChange={(text) => set({ past: { ...form.past, [bucket]: text } })}
                  />
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
      {faults.rates ? <Notice tone="bad">{faults.rates}</Notice> : null}
      {shown.length === USUAL.length ? (
        <Button size="sm" variant="ghost" className={styles.start} onClick={() => setShown([...USUAL, ...OTHERS])}>
          Images and audio
        </Button>
      ) : null}
      <div className={styles.three}>
        <Field label="Threshold" optional error={faults.above ?? null}>
          {(control) => <Input {...control} mono inputMode="numeric" suffix="tokens" placeholder="200000" value={form.above} onChange={(event) => set({ above: event.target.value })} />}
        </Field>
        <Field label="Past it">
          {(control) => (
            <Select
              {...control}
              value={form.rule}
              onChange={(rule) => set({ rule })}
              options={[
                { value: "cliff", label: "All tokens cost that" },
                { value: "graduated", label: "Those above it do" },
              ]}
            />
          )}
        </Field>
        <Field label="Fee for each request" optional error={faults.fee ?? null}>
          {(control) => <Input {...control} mono inputMode="decimal" prefix="$" value={form.fee} onChange={(event) => set({ fee: event.target.value })} />}
        </Field>
      </div>
    </>
  );
}

function RateInput({ label, value, onChange }: { label: string; value: string | undefined; onChange: (text: string) => void }) {
  return <Input aria-label={label} mono inputMode="decimal" prefix="$" value={value ?? ""} onChange={(event) => onChange(event.target.value.trim())} />;
}
