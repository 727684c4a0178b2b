import { Tabs as Radix } from "radix-ui";
import type { ReactNode } from "react";

import styles from "./Tabs.module.css";

export interface Tab<Value extends string> {
  value: Value;
  label: ReactNode;
  count?: number;
}

interface TabsProps<Value extends string> {
  value: Value;
  onChange: (value: Value) => void;
  tabs: readonly Tab<Value>[];
  label: string;
  /** `pill` is for a choice of views inside a card. */
  variant?: "line" | "pill";
  end?: ReactNode;
  children?: ReactNode;
}

/** Without panels inside, the tabs change something elsewhere on the page, and must not name a panel that is not there. */
const NO_PANEL = { "aria-controls": undefined };

/** A row of tabs. Put a `TabPanel` for each value inside. */
export function Tabs<Value extends string>({ value, onChange, tabs, label, variant = "line", end, children }: TabsProps<Value>) {
  return (
    <Radix.Root className={styles.root} value={value} onValueChange={(next) => onChange(next as Value)}>
      <div className={styles[variant]}>
        <Radix.List className={styles.list} aria-label={label}>
          {tabs.map((tab) => (
            <Radix.Trigger key={tab.value} value={tab.value} className={styles.tab} {...(children ? {} : NO_PANEL)}>
              {tab.label}
              {tab.count === undefined ? null : <span className={styles.count}>{tab.count}</span>}
            </Radix.Trigger>
          ))}
        </Radix.List>
        {end ? <div className={styles.end}>{end}</div> : null}
      </div>
      {children}
    </Radix.Root>
  );
}

export function TabPanel({ value, children, className }: { value: string; children: ReactNode; className?: string }) {
  return (
    <Radix.Content value={value} className={className ?? styles.panel} tabIndex={-1}>
      {children}
    </Radix.Content>
  );
}
