import { CircleAlert, CircleCheck, X } from "lucide-react";
import { createContext, use, useCallback, useMemo, useRef, useState, type ReactNode } from "react";

import { IconButton } from "./Button";
import { classes } from "./classes";
import styles from "./Toast.module.css";

interface Message {
  id: number;
  tone: "ok" | "bad";
  text: string;
  detail?: string | undefined;
}

interface Toasts {
  /** Says that something worked. It goes away by itself. */
  done: (text: string, detail?: string) => void;
  /** Says that something failed. It stays until it is closed. */
  failed: (text: string, detail?: string) => void;
}

const Context = createContext<Toasts | null>(null);
const SHOWN_MS = 4_000;

/** The way to say something in passing. */
export function useToast(): Toasts {
  const toasts = use(Context);
  if (!toasts) throw new Error("useToast needs a ToastProvider above it");
  return toasts;
}

/** Keeps the messages and shows them in a corner, read out as they come. */
export function ToastProvider({ children }: { children: ReactNode }) {
  const [messages, setMessages] = useState<Message[]>([]);
  const next = useRef(0);

  const dismiss = useCallback((id: number) => setMessages((all) => all.filter((message) => message.id !== id)), []);
  const show = useCallback(
    (message: Omit<Message, "id">) => {
      const id = next.current++;
      setMessages((all) => [...all.slice(-3), { ...message, id }]);
      if (message.tone === "ok") setTimeout(() => dismiss(id), SHOWN_MS);
    },
    [dismiss],
  );
  const toasts = useMemo<Toasts>(
    () => ({
      done: (text, detail) => show({ tone: "ok", text, detail }),
      failed: (text, detail) => show({ tone: "bad", text, detail }),
    }),
    [show],
  );

  return (
    <Context value={toasts}>
      {children}
      <section className={styles.stack} aria-label="Notifications" aria-live="polite">
        {messages.map((message) => (
          <div key={message.id} className={classes(styles.toast, styles[message.tone])} role={message.tone === "bad" ? "alert" : "status"}>
            {message.tone === "ok" ? <CircleCheck aria-hidden /> : <CircleAlert aria-hidden />}
            <div className={styles.text}>
              <p className={styles.title}>{message.text}</p>
              {message.detail ? <p className={styles.detail}>{message.detail}</p> : null}
            </div>
            <IconButton label="Dismiss" size="sm" onClick={() => dismiss(message.id)}>
              <X />
            </IconButton>
          </div>
        ))}
      </section>
    </Context>
  );
}
