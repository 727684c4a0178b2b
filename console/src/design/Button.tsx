import { LoaderCircle } from "lucide-react";
import type { ButtonHTMLAttributes, ReactNode, Ref } from "react";

import styles from "./Button.module.css";
import { classes } from "./classes";
import { Tooltip } from "./Tooltip";

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  variant?: "primary" | "secondary" | "ghost" | "danger";
  size?: "sm" | "md" | "lg";
  icon?: ReactNode;
  /** Shows a spinner and refuses clicks while the work is under way. */
  busy?: boolean;
  /** Disables the button and says why on hover and focus. */
  disabledReason?: string | null | false;
  ref?: Ref<HTMLButtonElement>;
}

/** A button. Give `disabledReason` rather than `disabled`: a disabled control says why. */
export function Button({
  variant = "secondary",
  size = "md",
  icon,
  busy = false,
  disabledReason,
  children,
  className,
  type = "button",
  onClick,
  ...rest
}: ButtonProps) {
  const refused = Boolean(disabledReason);
  const button = (
    <button
      {...rest}
      type={type}
      className={classes(styles.button, styles[variant], styles[size], className)}
      aria-disabled={refused || busy || undefined}
      aria-busy={busy || undefined}
      onClick={(event) => {
        if (refused || busy) {
          event.preventDefault();
          return;
        }
        onClick?.(event);
      }}
    >
      {busy ? <LoaderCircle className={styles.spinner} aria-hidden /> : icon}
      {children}
    </button>
  );
  return refused ? <Tooltip content={disabledReason}>{button}</Tooltip> : button;
}

export interface IconButtonProps extends Omit<ButtonProps, "children" | "icon"> {
  /** The accessible name, also shown as a tooltip. */
  label: string;
  /** The key that does the same, shown in the tooltip. */
  shortcut?: string;
  children: ReactNode;
}

/** A square button with an icon, a name for everyone, and a tooltip for the rest. */
export function IconButton({ label, shortcut, size = "md", variant = "ghost", className, children, ...rest }: IconButtonProps) {
  const { disabledReason, ...others } = rest;
  return (
    <Tooltip content={disabledReason || label} shortcut={shortcut}>
      <button
        {...others}
        type="button"
        aria-label={label}
        aria-disabled={Boolean(disabledReason) || undefined}
        onClick={disabledReason ? undefined : others.onClick}
        className={classes(styles.button, styles[variant], styles[size], styles.square, className)}
      >
        {children}
      </button>
    </Tooltip>
  );
}
