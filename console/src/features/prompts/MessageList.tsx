import { ArrowDown, ArrowUp, Plus, Trash2 } from "lucide-react";
import { useId } from "react";

import { Button, IconButton } from "@/design/Button";
import { Select } from "@/design/Select";
import { ROLES, type Draft, type Move } from "./draft";
import type { Fault } from "./fault";
import styles from "./MessageList.module.css";
import { TemplateEditor } from "./TemplateEditor";

interface MessageListProps {
  draft: Draft;
  onMove: (move: Move) => void;
  /** Why the preview was refused, and where. */
  fault: Fault | null;
  /** Why nothing can be changed, or null. */
  locked: string | null;
}

const HINTS: Record<string, string> = {
  system: "What the model is and how it should behave.",
  user: "What is asked. Write {{ name }} where a value goes.",
  assistant: "An answer as it should look: an example for the model.",
};

/** The messages of a prompt: each with its role and its template. */
export function MessageList({ draft, onMove, fault, locked }: MessageListProps) {
  const isText = draft.kind === "text";
  return (
    <div className={styles.messages}>
      {draft.messages.map((message, index) => (
        <Message
          key={message.key}
          draft={draft}
          index={index}
          onMove={onMove}
          fault={fault && (fault.message === null || fault.message === index) ? fault : null}
          locked={locked}
        />
      ))}
      {isText ? null : (
        <Button className={styles.add} variant="ghost" icon={<Plus />} disabledReason={locked} onClick={() => onMove({ type: "add" })}>
          Add message
        </Button>
      )}
    </div>
  );
}

interface MessageProps extends MessageListProps {
  index: number;
}

function Message({ draft, index, onMove, fault, locked }: MessageProps) {
  const faultId = useId();
  const message = draft.messages[index];
  if (!message) return null;
  const isText = draft.kind === "text";
  const label = isText ? "Template" : `Message ${index + 1} template`;
  const place = { isFirst: index === 0, isLast: index === draft.messages.length - 1, isOnly: draft.messages.length === 1 };
  return (
    <section className={styles.message} aria-label={isText ? "Template" : `Message ${index + 1}`} data-fault={fault !== null}>
      <header className={styles.head}>
        {isText ? (
          <span className={styles.kind}>Template</span>
        ) : (
          <Select
            aria-label={`Message ${index + 1} role`}
            size="sm"
            variant="quiet"
            value={message.role}
            options={ROLES.map((role) => ({ value: role, label: role }))}
            disabled={locked !== null}
            onChange={(role) => onMove({ type: "role", key: message.key, role })}
          />
        )}
        {isText ? null : <MessageActions index={index} place={place} messageKey={message.key} onMove={onMove} locked={locked} />}
      </header>
      <TemplateEditor
        label={label}
        hint={HINTS[message.role] ?? ""}
        value={message.template}
        variables={draft.variables}
        faultLine={fault?.line ?? null}
        readOnly={locked !== null}
        onChange={(template) => onMove({ type: "text", key: message.key, template })}
      />
      {fault ? (
        <p id={faultId} role="alert" className={styles.fault}>
          {fault.line === null ? "" : `Line ${fault.line}: `}
          {fault.text}
        </p>
      ) : null}
    </section>
  );
}

interface MessageActionsProps {
  index: number;
  place: { isFirst: boolean; isLast: boolean; isOnly: boolean };
  messageKey: string;
  onMove: (move: Move) => void;
  locked: string | null;
}

function MessageActions({ index, place, messageKey, onMove, locked }: MessageActionsProps) {
  const number = index + 1;
  return (
    <div className={styles.actions}>
      <IconButton
        size="sm"
        label={`Move message ${number} up`}
        disabledReason={locked ?? (place.isFirst && "This is the first message.")}
        onClick={() => onMove({ type: "shift", key: messageKey, by: -1 })}
      >
        <ArrowUp />
      </IconButton>
      <IconButton
        size="sm"
        label={`Move message ${number} down`}
        disabledReason={locked ?? (place.isLast && "This is the last message.")}
        onClick={() => onMove({ type: "shift", key: messageKey, by: 1 })}
      >
        <ArrowDown />
      </IconButton>
      <IconButton
        size="sm"
        label={`Add a message below message ${number}`}
        disabledReason={locked}
        onClick={() => onMove({ type: "add", after: messageKey })}
      >
        <Plus />
      </IconButton>
      <IconButton
        size="sm"
        label={`Remove message ${number}`}
        disabledReason={locked ?? (place.isOnly && "A prompt has at least one message.")}
        onClick={() => onMove({ type: "remove", key: messageKey })}
      >
        <Trash2 />
      </IconButton>
    </div>
  );
}
