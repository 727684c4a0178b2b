import { CalendarClock, Check } from "lucide-react";
import { useState } from "react";

import { Button } from "./Button";
import { Field, Input } from "./Field";
import { Popover } from "./Popover";
import { bounds, PRESETS, rangeLabel, toLocalInput, type Range } from "./range";
import styles from "./TimeRange.module.css";

interface TimeRangeProps {
  value: Range;
  onChange: (range: Range) => void;
}

/** Picks a range of time: one of the usual ones, or two moments. */
export function TimeRange({ value, onChange }: TimeRangeProps) {
  const [open, setOpen] = useState(false);
  const choose = (range: Range) => {
    setOpen(false);
    onChange(range);
  };
  return (
    <Popover
      label="Time range"
      open={open}
      onOpenChange={setOpen}
      align="end"
      width={264}
      trigger={
        <Button icon={<CalendarClock />} aria-label={`Time range: ${rangeLabel(value)}`}>
          {rangeLabel(value)}
        </Button>
      }
    >
      <ul className={styles.presets}>
        {PRESETS.map((preset) => {
          const chosen = value.kind === "last" && value.span === preset.span;
          return (
            <li key={preset.span}>
              <button type="button" className={styles.preset} aria-pressed={chosen} onClick={() => choose({ kind: "last", span: preset.span })}>
                {preset.label}
                {chosen ? <Check aria-hidden /> : null}
              </button>
            </li>
          );
        })}
      </ul>
      <Custom key={rangeLabel(value)} value={value} onChange={choose} />
    </Popover>
  );
}

function Custom({ value, onChange }: TimeRangeProps) {
  const [initial] = useState(() => bounds(value, new Date()));
  const [from, setFrom] = useState(toLocalInput(initial.from));
  const [to, setTo] = useState(toLocalInput(initial.to));
  const valid = new Date(from) < new Date(to);
  return (
    <form
      className={styles.custom}
      onSubmit={(event) => {
        event.preventDefault();
        if (valid) onChange({ kind: "between", from: new Date(from), to: new Date(to) });
      }}
    >
      <Field label="From">{(control) => <Input {...control} type="datetime-local" value={from} onChange={(event) => setFrom(event.target.value)} />}</Field>
      <Field label="To" error={valid ? null : "The end must come after the start."}>
        {(control) => <Input {...control} type="datetime-local" value={to} onChange={(event) => setTo(event.target.value)} />}
      </Field>
      <Button type="submit" disabledReason={valid ? null : "The end must come after the start."}>
        Show this range
      </Button>
    </form>
  );
}
