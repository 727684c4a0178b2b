import { Check, ChevronDown, ListFilter, Search, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";

import { Button, IconButton } from "@/design/Button";
import { classes } from "@/design/classes";
import { Field, Input } from "@/design/Field";
import { formatCompact } from "@/design/format";
import { Keys } from "@/design/Keys";
import { Popover } from "@/design/Popover";
import { Select } from "@/design/Select";

import styles from "./FilterBar.module.css";
import { describe, EXTRAS, FACET_TITLES, FACETS, NO_FILTER, type FacetName, type Filter } from "./filter";
import type { Facet } from "./queries";

type Change = (changes: Record<string, string | null>) => void;

interface FilterBarProps {
  filter: Filter;
  facets: readonly Facet[];
  onChange: Change;
}

const SETTLE_MS = 250;

/** Search and filters over the list of traces. Everything set here is in the address. */
export function FilterBar({ filter, facets, onChange }: FilterBarProps) {
  const extras = EXTRAS.filter((name) => filter[name] !== undefined);
  const isFiltered = Object.keys(filter).length > 0;
  return (
    <div className={styles.bar} role="search" aria-label="Filter traces">
      <SearchBox key={filter.q === undefined ? "empty" : "set"} text={filter.q ?? ""} onChange={(q) => onChange({ q })} />
      {FACETS.map((name) => (
        <FacetFilter
          key={name}
          name={name}
          value={filter[name]}
          values={facets.find((facet) => facet.field === name)?.values ?? []}
          onChange={(value) => onChange({ [name]: value })}
        />
      ))}
      {extras.map((name) => (
        <span key={name} className={styles.chip}>
          {describe(name, filter[name] ?? "")}
          <IconButton size="sm" label={`Remove filter: ${describe(name, filter[name] ?? "")}`} onClick={() => onChange({ [name]: null })}>
            <X />
          </IconButton>
        </span>
      ))}
      <MoreFilters key={extras.join()} filter={filter} onChange={onChange} />
      {isFiltered ? (
        <Button variant="ghost" size="sm" onClick={() => onChange(NO_FILTER)}>
          Clear
        </Button>
      ) : null}
    </div>
  );
}

function SearchBox({ text, onChange }: { text: string; onChange: (text: string | null) => void }) {
  const [typed, setTyped] = useState(text);
  const report = useRef(onChange);
  useEffect(() => {
    report.current = onChange;
  });
  useEffect(() => {
    if (typed === text) return undefined;
    const timer = setTimeout(() => report.current(typed || null), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [typed, text]);
  return (
    <Input
      id="trace-search"
      className={styles.search}
      type="search"
      aria-label="Search messages"
      placeholder="Search messages or paste a trace id"
      prefix={<Search />}
      suffix={
        typed ? (
          <IconButton
            size="sm"
            label="Clear search"
            onClick={() => {
              setTyped("");
              onChange(null);
            }}
          >
            <X />
          </IconButton>
        ) : (
          <Keys keys="/" />
        )
      }
      value={typed}
      onChange={(event) => setTyped(event.target.value)}
      onKeyDown={(event) => {
        if (event.key === "Escape") event.currentTarget.blur();
      }}
    />
  );
}

interface FacetFilterProps {
  name: FacetName;
  value: string | undefined;
  values: readonly { value: string; count: number }[];
  onChange: (value: string | null) => void;
}

const LONG = 8;

function FacetFilter({ name, value, values, onChange }: FacetFilterProps) {
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState("");
  const title = FACET_TITLES[name];
  const named = values.filter((each) => each.value !== "");
  const found = named.filter((each) => each.value.toLowerCase().includes(typed.toLowerCase()));
  const most = Math.max(1, ...named.map((each) => each.count));
  const choose = (next: string | null) => {
    setOpen(false);
    setTyped("");
    onChange(next);
  };
  return (
    <span className={classes(styles.facet, value !== undefined && styles.set)}>
      <Popover
        label={`${title} filter`}
        open={open}
        onOpenChange={setOpen}
        width={272}
        trigger={
          <button type="button" className={styles.trigger} aria-label={value === undefined ? `Filter by ${title.toLowerCase()}` : `${title}: ${value}`}>
            <span className={styles.name}>{title}</span>
            {value === undefined ? <ChevronDown aria-hidden /> : <span className={styles.value}>{value}</span>}
          </button>
        }
      >
        {named.length > LONG ? (
          <div className={styles.find}>
            <Input aria-label={`Find a ${title.toLowerCase()}`} placeholder="Find…" prefix={<Search />} value={typed} onChange={(event) => setTyped(event.target.value)} />
          </div>
        ) : null}
        <ul className={styles.options}>
          {found.map((each) => (
            <li key={each.value}>
              <button
                type="button"
                className={styles.option}
                aria-pressed={each.value === value}
                onClick={() => choose(each.value === value ? null : each.value)}
              >
                <span className={styles.share} style={{ width: `${(each.count / most) * 100}%` }} />
                <span className={styles.optionName}>{each.value}</span>
                {each.value === value ? <Check aria-hidden /> : null}
                <span className={styles.count}>{formatCompact(each.count)}</span>
              </button>
            </li>
          ))}
          {found.length === 0 ? (
            <li className={styles.none}>{named.length === 0 ? `No call in this range has a ${title.toLowerCase()}.` : "Nothing matches."}</li>
          ) : null}
        </ul>
      </Popover>
      {value === undefined ? null : (
        <button type="button" className={styles.remove} aria-label={`Remove filter: ${title}`} onClick={() => onChange(null)}>
          <X aria-hidden />
        </button>
      )}
    </span>
  );
}

const ANY = "any";

function MoreFilters({ filter, onChange }: { filter: Filter; onChange: Change }) {
  const [open, setOpen] = useState(false);
  const [user, setUser] = useState(filter.user ?? "");
  const [session, setSession] = useState(filter.session ?? "");
  const [least, setLeast] = useState(filter.min_duration_ms ?? "");
  const [sample, setSample] = useState(filter.sample ?? ANY);
  const leastError = least === "" || /^\d{1,9}$/.test(least) ? null : "A whole number of milliseconds.";
  return (
    <Popover
      label="More filters"
      open={open}
      onOpenChange={setOpen}
      trigger={
        <Button variant="ghost" size="sm" icon={<ListFilter />}>
          More
        </Button>
      }
    >
      <form
        className={styles.more}
        onSubmit={(event) => {
          event.preventDefault();
          if (leastError) return;
          setOpen(false);
          onChange({ user: user || null, session: session || null, min_duration_ms: least || null, sample: sample === ANY ? null : sample });
        }}
      >
        <Field label="User">{(control) => <Input {...control} value={user} onChange={(event) => setUser(event.target.value)} />}</Field>
        <Field label="Session">{(control) => <Input {...control} value={session} onChange={(event) => setSession(event.target.value)} />}</Field>
        <Field label="Took at least" error={leastError}>
          {(control) => <Input {...control} inputMode="numeric" suffix="ms" value={least} onChange={(event) => setLeast(event.target.value)} />}
        </Field>
        <Field label="Samples">
          {(control) => (
            <Select
              {...control}
              value={sample}
              onChange={setSample}
              options={[
                { value: ANY, label: "With samples" },
                { value: "false", label: "Without samples" },
                { value: "true", label: "Samples only" },
              ]}
            />
          )}
        </Field>
        <Button type="submit" variant="primary">
          Apply
        </Button>
      </form>
    </Popover>
  );
}
