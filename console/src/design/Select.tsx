import { Check, ChevronDown } from "lucide-react";
import { Select as Radix } from "radix-ui";
import type { ReactNode } from "react";

import { classes } from "./classes";
import menu from "./Menu.module.css";
import styles from "./Select.module.css";

export interface Option<Value extends string> {
  value: Value;
  label: ReactNode;
  hint?: ReactNode;
  disabled?: boolean;
}

interface SelectProps<Value extends string> {
  value: Value | undefined;
  onChange: (value: Value) => void;
  options: readonly Option<Value>[];
  placeholder?: string;
  size?: "sm" | "md";
  /** `quiet` has no border until it is hovered; for tool bars. */
  variant?: "outline" | "quiet";
  prefix?: ReactNode;
  disabled?: boolean;
  className?: string;
  id?: string;
  "aria-label"?: string;
  "aria-describedby"?: string | undefined;
  "aria-invalid"?: true | undefined;
}

/** One choice out of a closed list. A value may not be the empty string. */
export function Select<Value extends string>({
  value,
  onChange,
  options,
  placeholder = "Choose…",
  size = "md",
  variant = "outline",
  prefix,
  disabled,
  className,
  ...rest
}: SelectProps<Value>) {
  return (
    <Radix.Root value={value ?? ""} onValueChange={(next) => onChange(next as Value)} disabled={disabled}>
      <Radix.Trigger {...rest} className={classes(styles.trigger, styles[size], styles[variant], className)}>
        {prefix ? <span className={styles.prefix}>{prefix}</span> : null}
        <span className={styles.value}>
          <Radix.Value placeholder={placeholder} />
        </span>
        <ChevronDown className={styles.chevron} aria-hidden />
      </Radix.Trigger>
      <Radix.Portal>
        <Radix.Content className={classes(menu.menu, styles.content)} position="popper" sideOffset={4} collisionPadding={8}>
          <Radix.Viewport>
            {options.map((option) => (
              <Radix.Item key={option.value} value={option.value} disabled={option.disabled} className={menu.item}>
                <Radix.ItemText>{option.label}</Radix.ItemText>
                {option.hint ? <span className={menu.hint}>{option.hint}</span> : null}
                <Radix.ItemIndicator className={styles.tick}>
                  <Check aria-hidden />
                </Radix.ItemIndicator>
              </Radix.Item>
            ))}
          </Radix.Viewport>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
