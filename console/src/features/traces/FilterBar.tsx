import { Check, ChevronDown, Search, X } from "lucide-react";
import { useState } from "react";

import { Button } from "@/design/Button";
import { classes } from "@/design/classes";
import { Input } from "@/design/Field";
import { formatCompact } from "@/design/format";
import { Popover } from "@/design/Popover";
import type { Range } from "@/design/range";

import { ExportMenu } from "./ExportMenu";
import styles from "./FilterBar.module.css";
import { FACET_TITLES, FACETS, isFiltered, NO_FILTER, queryChanges, type FacetName, type Filter } from "./filter";
import { GroupBy } from "./GroupBy";
import type { Facet } from "./queries";
import { valueOf, withValue } from "./query";
import { QueryBar } from "./QueryBar";
import { Views } from "./Views";

interface FilterBarProps {
  filter: Filter;
  range: Range;
  facets: readonly Facet[];
  group: string | null;
  onChange: (changes: Record<string, string | null>) => void;
}

/** The query, and the facets that write into it. Everything set here is in the address. */
export function FilterBar({ filter, range, facets, group, onChange }: FilterBarProps) {
  const { query, environment } = filter;
  return (
    <div className={styles.bar} role="search" aria-label="Filter traces">
      <QueryBar query={query} onChange={(next) => onChange(queryChanges(next))} />
      {FACETS.map((name) => (
        <FacetFilter
          key={name}
          name={name}
          value={name === "environment" ? (environment ?? valueOf(query, name)) : valueOf(query, name)}
          values={facets.find((facet) => facet.field === name)?.values ?? []}
          onChange={(value) => {
            // The environment of the address is shared with the other pages; a facet sets it there and nowhere else.
            const changed = queryChanges(withValue(query, name, name === "environment" ? null : value));
            onChange(name === "environment" ? { ...changed, environment: value } : changed);
          }}
        />
      ))}
      {isFiltered(filter) ? (
        <Button variant="ghost" size="sm" onClick={() => onChange(NO_FILTER)}>
          Clear
        </Button>
      ) : null}
      <span className={styles.actions}>
        <Views query={query} group={group} onOpen={(view) => onChange({ ...queryChanges(view.filter), group: view.group || null })} />
        <GroupBy group={group} onChange={(next) => onChange({ group: next })} />
        <ExportMenu range={range} filter={filter} />
      </span>
    </div>
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
