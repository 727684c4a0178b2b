import { Tooltip as Radix } from "radix-ui";
import type { ReactNode } from "react";

import { Keys } from "./Keys";
import styles from "./Tooltip.module.css";

interface TooltipProps {
  content: ReactNode;
  shortcut?: string;
  side?: "top" | "right" | "bottom" | "left";
  children: ReactNode;
}

/** Says more about what is under the pointer or the focus. The child must take a ref and pass on its props. */
export function Tooltip({ content, shortcut, side = "top", children }: TooltipProps) {
  if (!content) return children;
  return (
    <Radix.Root delayDuration={350}>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content className={styles.tooltip} side={side} sideOffset={6} collisionPadding={8}>
          {content}
          {shortcut ? <Keys keys={shortcut} /> : null}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** Lets tooltips follow one another without a delay; placed once around the application. */
export function TooltipProvider({ children }: { children: ReactNode }) {
  return <Radix.Provider skipDelayDuration={200}>{children}</Radix.Provider>;
}
