import { Check } from "lucide-react";
import { DropdownMenu as Radix } from "radix-ui";
import type { ReactNode } from "react";

import { classes } from "./classes";
import { Keys } from "./Keys";
import styles from "./Menu.module.css";

interface MenuProps {
  /** The button that opens it; it must take a ref and pass on its props. */
  trigger: ReactNode;
  align?: "start" | "center" | "end";
  side?: "top" | "right" | "bottom" | "left";
  width?: number;
  children: ReactNode;
}

/** A menu of actions under a button. */
export function Menu({ trigger, align = "start", side = "bottom", width, children }: MenuProps) {
  return (
    <Radix.Root modal={false}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          className={styles.menu}
          style={width ? { width } : undefined}
          align={align}
          side={side}
          sideOffset={5}
          collisionPadding={8}
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

interface MenuItemProps {
  onSelect: () => void;
  icon?: ReactNode;
  hint?: ReactNode;
  shortcut?: string;
  checked?: boolean;
  danger?: boolean;
  disabledReason?: string | null | false;
  children: ReactNode;
}

/** One action. A disabled one says why, in place of its hint. */
export function MenuItem({ onSelect, icon, hint, shortcut, checked, danger, disabledReason, children }: MenuItemProps) {
  return (
    <Radix.Item
      className={classes(styles.item, danger && styles.danger)}
      disabled={Boolean(disabledReason)}
      onSelect={onSelect}
    >
      {icon ? <span className={styles.icon}>{icon}</span> : null}
      <span className={styles.text}>{children}</span>
      {disabledReason ? <span className={styles.hint}>{disabledReason}</span> : hint ? <span className={styles.hint}>{hint}</span> : null}
      {shortcut ? <Keys keys={shortcut} /> : null}
      {checked ? <Check className={styles.check} aria-label="selected" /> : null}
    </Radix.Item>
  );
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <Radix.Label className={styles.label}>{children}</Radix.Label>;
}

export function MenuSeparator() {
  return <Radix.Separator className={styles.separator} />;
}
