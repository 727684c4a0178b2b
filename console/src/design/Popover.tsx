import { Popover as Radix } from "radix-ui";
import type { ReactNode } from "react";

import { classes } from "./classes";
import menu from "./Menu.module.css";
import styles from "./Popover.module.css";

interface PopoverProps {
  trigger: ReactNode;
  /** The name of the panel, for screen readers. */
  label: string;
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  align?: "start" | "center" | "end";
  width?: number;
  children: ReactNode;
}

/** A panel under a button, for a small form or a list to pick from. */
export function Popover({ trigger, label, open, onOpenChange, align = "start", width = 280, children }: PopoverProps) {
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          aria-label={label}
          className={classes(menu.menu, styles.panel)}
          style={{ width }}
          align={align}
          sideOffset={5}
          collisionPadding={8}
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

export const PopoverClose = Radix.Close;
