import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import type { ReactNode, SyntheticEvent } from "react";

import { Button, IconButton, type ButtonProps } from "./Button";
import styles from "./Dialog.module.css";

interface DialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description?: ReactNode;
  width?: number;
  /** The buttons; the one that acts comes last. */
  footer?: ReactNode;
  /** With it the dialog is a form: Enter submits it. */
  onSubmit?: () => void;
  children?: ReactNode;
}

/** A window over the page that takes the focus and gives it back. */
export function Dialog({ open, onOpenChange, title, description, width = 480, footer, onSubmit, children }: DialogProps) {
  const body = (
    <>
      {children ? <div className={styles.body}>{children}</div> : null}
      {footer ? <div className={styles.footer}>{footer}</div> : null}
    </>
  );
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    onSubmit?.();
  };
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className={styles.scrim} />
        <Radix.Content
          className={styles.dialog}
          style={{ width }}
          onOpenAutoFocus={focusFirstField}
          {...(description ? {} : { "aria-describedby": undefined })}
        >
          <header className={styles.header}>
            <div>
              <Radix.Title className={styles.title}>{title}</Radix.Title>
              {description ? <Radix.Description className={styles.description}>{description}</Radix.Description> : null}
            </div>
            <Radix.Close asChild>
              <IconButton label="Close" size="sm">
                <X />
              </IconButton>
            </Radix.Close>
          </header>
          {onSubmit ? (
            <form className={styles.form} onSubmit={submit} noValidate>
              {body}
            </form>
          ) : (
            body
          )}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** The first field takes the focus, else the first button of the form, which cancels; what has `autoFocus` has it already. */
function focusFirstField(event: Event): void {
  const dialog = event.currentTarget as HTMLElement;
  const field = dialog.querySelector<HTMLElement>("form :is(input, textarea, button[role=combobox]):not(:disabled)");
  const first = field ?? dialog.querySelector<HTMLElement>("form button");
  if (!first) return;
  event.preventDefault();
  first.focus();
}

interface ConfirmProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  /** What will happen, and whether it can be undone. */
  description: ReactNode;
  action: string;
  variant?: ButtonProps["variant"];
  busy?: boolean;
  onConfirm: () => void;
  children?: ReactNode;
}

/** Asks once more before something that cannot be undone. */
export function Confirm({ action, variant = "danger", busy = false, onConfirm, children, ...dialog }: ConfirmProps) {
  return (
    <Dialog
      {...dialog}
      width={440}
      onSubmit={onConfirm}
      footer={
        <>
          <Button onClick={() => dialog.onOpenChange(false)}>Cancel</Button>
          <Button type="submit" variant={variant} busy={busy}>
            {action}
          </Button>
        </>
      }
    >
      {children}
    </Dialog>
  );
}
