import { Bot, ChevronRight, Paperclip, Settings2, UserRound, Wrench } from "lucide-react";
import { useState, type ReactNode } from "react";

import { Badge, type Tone } from "@/design/Badge";
import { Button } from "@/design/Button";
import { Code } from "@/design/Code";
import { CopyButton } from "@/design/CopyButton";
import { classes } from "@/design/classes";

import styles from "./Conversation.module.css";
import type { Message } from "./queries";
import { blocksOf, prettyJson, shorten } from "./text";

interface Role {
  name: string;
  icon: ReactNode;
  style: string | undefined;
}

const ROLES: Record<string, Role> = {
  system: { name: "System", icon: <Settings2 />, style: styles.system },
  developer: { name: "Developer", icon: <Settings2 />, style: styles.system },
  user: { name: "User", icon: <UserRound />, style: styles.user },
  assistant: { name: "Assistant", icon: <Bot />, style: styles.assistant },
  tool: { name: "Tool", icon: <Wrench />, style: styles.tool },
};

/** What was said, from the first message to the answer. Text is shown as it is; nothing in it is ever run or loaded. */
export function Conversation({ input, output }: { input: readonly Message[]; output: readonly Message[] }) {
  if (input.length === 0 && output.length === 0) {
    return <p className={styles.nothing}>No messages were kept for this call.</p>;
  }
  return (
    <ol className={styles.conversation} aria-label="Conversation">
      {input.map((message, index) => (
        <Turn key={`in-${index}`} message={message} />
      ))}
      {output.map((message, index) => (
        <Turn key={`out-${index}`} message={message} isAnswer choice={output.length > 1 ? index + 1 : null} />
      ))}
      {output.length === 0 ? <li className={styles.nothing}>There was no answer.</li> : null}
    </ol>
  );
}

function Turn({ message, isAnswer = false, choice = null }: { message: Message; isAnswer?: boolean; choice?: number | null }) {
  const role = ROLES[message.role] ?? { name: message.role, icon: <UserRound />, style: styles.user };
  return (
    <li className={classes(styles.turn, role.style, isAnswer && styles.answer)}>
      <div className={styles.head}>
        <span className={styles.icon} aria-hidden>
          {role.icon}
        </span>
        <span className={styles.role}>{role.name}</span>
        {message.name ? <Badge mono>{message.name}</Badge> : null}
        {message.tool_call_id ? <span className={styles.call}>answers {message.tool_call_id}</span> : null}
        {choice === null ? null : <Badge>choice {choice}</Badge>}
        {isAnswer && message.finish_reason ? <Badge tone={finishTone(message.finish_reason)}>{message.finish_reason}</Badge> : null}
        {message.content ? (
          <span className={styles.copy}>
            <CopyButton text={message.content} label={`Copy the ${role.name.toLowerCase()} message`} />
          </span>
        ) : null}
      </div>
      <div className={styles.body}>
        {message.content ? <Content text={message.content} /> : null}
        {message.parts.map((part, index) => (
          <p key={index} className={styles.part}>
            <Paperclip aria-hidden />
            <span>{part.type}</span>
            <span className={styles.partLabel}>{part.label}</span>
          </p>
        ))}
        {message.tool_calls.map((call, index) => (
          <div key={index} className={styles.toolCall}>
            <p className={styles.toolName}>
              <Wrench aria-hidden />
              <span className={styles.verb}>calls</span> <code>{call.name}</code>
              {call.id ? <span className={styles.call}>{call.id}</span> : null}
            </p>
            {call.arguments ? <Code code={prettyJson(call.arguments) ?? call.arguments} language="json" wrap maxHeight={260} /> : null}
          </div>
        ))}
      </div>
    </li>
  );
}

function finishTone(reason: string): Tone {
  return reason === "stop" || reason === "tool_calls" ? "neutral" : "warn";
}

function Content({ text }: { text: string }) {
  const [whole, setWhole] = useState(false);
  const json = prettyJson(text);
  if (json !== null) return <Code code={json} language="json" wrap maxHeight={whole ? undefined : 320} />;
  const short = shorten(text);
  return (
    <>
      {blocksOf(whole || short === null ? text : short).map((block, index) =>
        block.kind === "code" ? (
          <Code key={index} code={block.text} {...(block.language ? { title: block.language } : {})} language={block.language === "json" ? "json" : "text"} />
        ) : (
          <p key={index} className={styles.text}>
            {block.text}
          </p>
        ),
      )}
      {short === null ? null : (
        <Button size="sm" variant="ghost" icon={<ChevronRight />} onClick={() => setWhole(!whole)} aria-expanded={whole}>
          {whole ? "Show less" : `Show all ${text.length.toLocaleString("en-US")} characters`}
        </Button>
      )}
    </>
  );
}
