import { Bot, Brain, ChevronRight, CornerDownRight, Settings2, UserRound, Wrench } from "lucide-react";
import { useState, type ReactNode } from "react";

import { Badge, type Tone } from "@/design/Badge";
import { Button } from "@/design/Button";
import { Code } from "@/design/Code";
import { CopyButton } from "@/design/CopyButton";
import { classes } from "@/design/classes";

import styles from "./Conversation.module.css";
import { exchanges, type Said } from "./exchange";
import { Media } from "./Media";
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

interface ConversationProps {
  input: readonly Message[];
  output: readonly Message[];
  /** The words for when there is nothing to show. */
  nothing?: string | undefined;
}

/** What was said, from the first message to the answer. Text is shown as it is; nothing in it is ever run or loaded. */
export function Conversation({ input, output, nothing = "No messages were kept for this call." }: ConversationProps) {
  if (input.length === 0 && output.length === 0) {
    return <p className={styles.nothing}>{nothing}</p>;
  }
  const said = exchanges(input);
  const hidden = said.length > MANY ? said.length - MANY : 0;
  return (
    <ol className={styles.conversation} aria-label="Conversation">
      <Earlier key={said.length} said={said} hidden={hidden} />
      {output.map((message, index) => (
        <Turn key={`out-${index}`} said={{ message, results: NO_RESULTS }} isAnswer choice={output.length > 1 ? index + 1 : null} />
      ))}
      {output.length === 0 ? <li className={styles.nothing}>There was no answer.</li> : null}
    </ol>
  );
}

const NO_RESULTS: ReadonlyMap<string, Message> = new Map();
/** Of a longer conversation the first messages are left out until they are asked for. */
const MANY = 40;

function Earlier({ said, hidden }: { said: readonly Said[]; hidden: number }) {
  const [whole, setWhole] = useState(hidden === 0);
  // What the system said stays in view: it explains what follows.
  const shown = whole ? said : said.filter((each, index) => index >= hidden || isSystem(each.message));
  return (
    <>
      {whole ? null : (
        <li className={styles.earlier}>
          <Button size="sm" variant="ghost" onClick={() => setWhole(true)}>
            Show {said.length - shown.length} earlier messages
          </Button>
        </li>
      )}
      {shown.map((each, index) => (
        <Turn key={`in-${index}`} said={each} />
      ))}
    </>
  );
}

const isSystem = (message: Message): boolean => message.role === "system" || message.role === "developer";
const LONG_SYSTEM = 600;

function Turn({ said: { message, results }, isAnswer = false, choice = null }: { said: Said; isAnswer?: boolean; choice?: number | null }) {
  const role = ROLES[message.role] ?? { name: message.role, icon: <UserRound />, style: styles.user };
  const [open, setOpen] = useState(!(isSystem(message) && message.content.length > LONG_SYSTEM));
  const thoughts = message.parts.filter((part) => part.type === "reasoning");
  return (
    <li className={classes(styles.turn, role.style, isAnswer && styles.answer)}>
      <div className={styles.head}>
        {isSystem(message) ? (
          <button type="button" className={styles.toggle} aria-expanded={open} onClick={() => setOpen(!open)}>
            <ChevronRight aria-hidden />
            <span className={styles.role}>{role.name}</span>
            {open ? null : <span className={styles.peek}>{message.content.slice(0, 160)}</span>}
          </button>
        ) : (
          <>
            <span className={styles.icon} aria-hidden>
              {role.icon}
            </span>
            <span className={styles.role}>{role.name}</span>
          </>
        )}
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
      {open ? (
        <div className={styles.body}>
          {thoughts.map((part, index) => (
            <Thought key={index} text={part.text} />
          ))}
          {message.content ? <Content text={message.content} /> : null}
          {message.parts
            .filter((part) => part.type !== "reasoning")
            .map((part, index) => (
              <Media key={index} part={part} />
            ))}
          {message.tool_calls.map((call, index) => (
            <div key={index} className={styles.toolCall}>
              <p className={styles.toolName}>
                <Wrench aria-hidden />
                <span className={styles.verb}>calls</span> <code>{call.name}</code>
                {call.id ? <span className={styles.call}>{call.id}</span> : null}
              </p>
              {call.arguments ? <Code code={prettyJson(call.arguments) ?? call.arguments} language="json" wrap maxHeight={260} /> : null}
              <Result message={results.get(call.id)} />
            </div>
          ))}
        </div>
      ) : null}
    </li>
  );
}

function Result({ message }: { message: Message | undefined }) {
  if (!message) return null;
  return (
    <div className={styles.result}>
      <p className={styles.toolName}>
        <CornerDownRight aria-hidden />
        <span className={styles.verb}>answers</span>
        <span className={styles.copy}>
          <CopyButton text={message.content} label="Copy the tool's answer" />
        </span>
      </p>
      {message.content ? <Content text={message.content} /> : null}
      {message.parts.map((part, index) => (
        <Media key={index} part={part} />
      ))}
    </div>
  );
}

function Thought({ text }: { text: string }) {
  return (
    <details className={styles.thought}>
      <summary>
        <Brain aria-hidden /> Reasoning{text ? `, ${text.length.toLocaleString("en-US")} characters` : ", not disclosed by the provider"}
      </summary>
      {text ? <p className={styles.text}>{text}</p> : null}
    </details>
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
