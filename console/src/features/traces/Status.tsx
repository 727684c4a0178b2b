import { CircleAlert, CircleCheck, CircleSlash } from "lucide-react";

import { Badge } from "@/design/Badge";
import { Tooltip } from "@/design/Tooltip";

import { outcomeText } from "./outcome";
import styles from "./Status.module.css";

interface StatusProps {
  status: "ok" | "error";
  outcome: string;
  errorCode?: string;
}

/** How a call ended, as an icon with its words beside it for screen readers and in a tooltip. */
export function StatusIcon({ status, outcome, errorCode }: StatusProps) {
  const text = outcomeText(outcome) + (errorCode ? ` (${errorCode})` : "");
  const gone = status === "ok" && outcome !== "ok";
  return (
    <Tooltip content={text}>
      <span className={status === "error" ? styles.bad : gone ? styles.gone : styles.ok}>
        {status === "error" ? <CircleAlert aria-hidden /> : gone ? <CircleSlash aria-hidden /> : <CircleCheck aria-hidden />}
        <span className="visually-hidden">{text}</span>
      </span>
    </Tooltip>
  );
}

/** How a call ended, in a word. */
export function StatusBadge({ status, outcome, errorCode }: StatusProps) {
  return (
    <Badge tone={status === "error" ? "bad" : outcome === "ok" ? "ok" : "warn"} dot>
      {outcome === "ok" ? "OK" : outcomeText(outcome)}
      {errorCode && errorCode !== outcome ? <code>{errorCode}</code> : null}
    </Badge>
  );
}
