import { Pencil, Plus, Tag as TagIcon, Trash2, X } from "lucide-react";
import { useState, type ReactNode } from "react";

import { describeError } from "@/api/error";
import { useRight, useSession } from "@/api/session";
import { Badge } from "@/design/Badge";
import { Button, IconButton } from "@/design/Button";
import { Field, Input, TextArea } from "@/design/Field";
import { RelativeTime } from "@/design/Figures";
import { Notice } from "@/design/Notice";
import { Popover } from "@/design/Popover";
import { DiffView } from "@/features/prompts/DiffView";

import { useAnnotate, useAnnotations, useScores, useTags, type Annotation, type Score } from "./annotate";
import styles from "./Remarks.module.css";
import { lineDiff } from "./textdiff";

interface RemarksProps {
  trace: string;
  /** Empty for the trace as a whole. */
  span: string;
  spanName: string;
  /** What came back, to be corrected; empty when nothing did. */
  output: string;
}

/** What people and scorers say about a span, or about the trace as a whole: comments, scores, a correction. */
export function Remarks({ trace, span, spanName, output }: RemarksProps) {
  const said = useAnnotations(trace);
  const all = said.data ?? [];
  const comments = all.filter((each) => each.kind === "comment");
  const correction = all.find((each) => each.kind === "correction" && each.span_id === span);
  return (
    <div className={styles.remarks}>
      {said.error ? <Notice tone="bad">{describeError(said.error)}</Notice> : null}
      <Scores trace={trace} span={span} spanName={spanName} />
      <Correction key={span} trace={trace} span={span} output={output} correction={correction} />
      <section aria-label="Comments" className={styles.part}>
        <h3>Comments</h3>
        {comments.length === 0 ? <p className={styles.nothing}>Nobody has said anything yet.</p> : null}
        <ul className={styles.comments}>
          {comments.map((comment) => (
            <Comment key={comment.id} trace={trace} comment={comment} isHere={comment.span_id === span} />
          ))}
        </ul>
        <NewComment trace={trace} span={span} spanName={spanName} />
      </section>
    </div>
  );
}

/** The text with the members that it speaks to set apart. */
function Mentioning({ text }: { text: string }): ReactNode {
  return text.split(/(@[\w.-]*\w)/g).map((piece, index) => (index % 2 === 1 ? <strong key={index}>{piece}</strong> : piece));
}

function Comment({ trace, comment, isHere }: { trace: string; comment: Annotation; isHere: boolean }) {
  const { user, rights } = useSession();
  const { edit, remove } = useAnnotate(trace);
  const [draft, setDraft] = useState<string | null>(null);
  const isMine = comment.author_id === user.id;
  const error = edit.error ?? remove.error;
  return (
    <li className={styles.comment}>
      <header>
        <strong>{comment.author}</strong>
        <RelativeTime at={comment.created_at} />
        {comment.revised_at === comment.created_at ? null : <span>edited</span>}
        {comment.span_id === "" ? <Badge>whole trace</Badge> : isHere ? null : <Badge mono>span {comment.span_id.slice(0, 6)}</Badge>}
        <span className={styles.deeds}>
          {isMine ? (
            <IconButton size="sm" label="Edit this comment" onClick={() => setDraft(comment.text)}>
              <Pencil />
            </IconButton>
          ) : null}
          {isMine || rights.includes("admin") ? (
            <IconButton size="sm" label="Delete this comment" onClick={() => remove.mutate(comment.id)}>
              <Trash2 />
            </IconButton>
          ) : null}
        </span>
      </header>
      {draft === null ? (
        <p className={styles.text}>
          <Mentioning text={comment.text} />
        </p>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            edit.mutate({ id: comment.id, text: draft }, { onSuccess: () => setDraft(null) });
          }}
        >
          <TextArea aria-label="The comment" value={draft} onChange={(event) => setDraft(event.target.value)} autoFocus />
          <div className={styles.buttons}>
            <Button size="sm" type="submit" variant="primary" busy={edit.isPending} disabledReason={draft.trim() ? null : "A comment needs words"}>
              Save
            </Button>
            <Button size="sm" variant="ghost" onClick={() => setDraft(null)}>
              Cancel
            </Button>
          </div>
        </form>
      )}
      {error ? <Notice tone="bad">{describeError(error)}</Notice> : null}
    </li>
  );
}

function NewComment({ trace, span, spanName }: { trace: string; span: string; spanName: string }) {
  const { comment } = useAnnotate(trace);
  const { reason } = useRight("write");
  const [text, setText] = useState("");
  const send = () => {
    if (text.trim()) comment.mutate({ text, span_id: span }, { onSuccess: () => setText("") });
  };
  return (
    <form
      className={styles.new}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <TextArea
        aria-label="New comment"
        placeholder={span ? `About ${spanName}` : "About the whole trace"}
        value={text}
        rows={2}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) send();
        }}
      />
      <div className={styles.buttons}>
        <Button size="sm" type="submit" variant="primary" busy={comment.isPending} disabledReason={reason ?? (text.trim() ? null : "A comment needs words")}>
          Comment
        </Button>
      </div>
      {comment.error ? <Notice tone="bad">{describeError(comment.error)}</Notice> : null}
    </form>
  );
}

function Correction({ trace, span, output, correction }: { trace: string; span: string; output: string; correction: Annotation | undefined }) {
  const { correct, withdraw } = useAnnotate(trace);
  const { reason } = useRight("write");
  const [draft, setDraft] = useState<string | null>(null);
  const error = correct.error ?? withdraw.error;
  return (
    <section aria-label="Correction" className={styles.part}>
      <header className={styles.bar}>
        <h3>Correction</h3>
        {correction ? (
          <span className={styles.by}>
            {correction.author}, <RelativeTime at={correction.revised_at} />
          </span>
        ) : null}
        <span className={styles.deeds}>
          {draft === null ? (
            <Button size="sm" variant="ghost" icon={<Pencil />} disabledReason={reason} onClick={() => setDraft(correction?.text ?? output)}>
              {correction ? "Change" : "Write what it should have said"}
            </Button>
          ) : null}
          {correction && draft === null ? (
            <IconButton size="sm" label="Take the correction back" onClick={() => withdraw.mutate(span)}>
              <Trash2 />
            </IconButton>
          ) : null}
        </span>
      </header>
      {draft !== null ? (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            correct.mutate({ text: draft, span }, { onSuccess: () => setDraft(null) });
          }}
        >
          <TextArea aria-label="What it should have said" rows={8} value={draft} onChange={(event) => setDraft(event.target.value)} autoFocus />
          <div className={styles.buttons}>
            <Button
              size="sm"
              type="submit"
              variant="primary"
              busy={correct.isPending}
              disabledReason={draft.trim() === "" ? "A correction needs words" : draft === output ? "This is what it said" : null}
            >
              Save the correction
            </Button>
            <Button size="sm" variant="ghost" onClick={() => setDraft(null)}>
              Cancel
            </Button>
          </div>
        </form>
      ) : correction && !output ? (
        <p className={styles.corrected}>{correction.text}</p>
      ) : correction ? (
        <div className={styles.diff}>
          <DiffView label="What it said beside what it should have said" lines={lineDiff(output, correction.text)} layout="unified" />
        </div>
      ) : (
        <p className={styles.nothing}>{output ? "Nobody has corrected this output." : "There is no output here to correct, but you can write one."}</p>
      )}
      {error ? <Notice tone="bad">{describeError(error)}</Notice> : null}
    </section>
  );
}

function Scores({ trace, span, spanName }: { trace: string; span: string; spanName: string }) {
  const scores = useScores(trace);
  const { unscore } = useAnnotate(trace);
  const { allowed } = useRight("write");
  const items = scores.data ?? [];
  return (
    <section aria-label="Scores" className={styles.part}>
      <header className={styles.bar}>
        <h3>Scores</h3>
        <span className={styles.deeds}>
          <NewScore trace={trace} span={span} spanName={spanName} known={items} />
        </span>
      </header>
      {items.length === 0 ? <p className={styles.nothing}>Nothing has been scored.</p> : null}
      {items.length > 0 ? (
        <ul className={styles.scores}>
          {items.map((score) => (
            <li key={score.id} data-here={score.span_id === span || undefined}>
              <span className={styles.scoreName}>{score.name}</span>
              <ScoreValue score={score} />
              <span className={styles.by} title={score.comment}>
                {score.author || score.source}
                {score.span_id ? (score.span_id === span ? "" : `, span ${score.span_id.slice(0, 6)}`) : ", whole trace"}
                {score.comment ? `: ${score.comment}` : ""}
              </span>
              {allowed ? (
                <IconButton size="sm" label={`Delete the score ${score.name}`} onClick={() => unscore.mutate(score.id)}>
                  <Trash2 />
                </IconButton>
              ) : null}
            </li>
          ))}
        </ul>
      ) : null}
      {scores.error ?? unscore.error ? <Notice tone="bad">{describeError(scores.error ?? unscore.error)}</Notice> : null}
    </section>
  );
}

/** A score's value or its label; a number between 0 and 1 has a bar beside it. */
export function ScoreValue({ score }: { score: { value: number | null; label: string; kind?: Score["kind"] } }) {
  const { value, label } = score;
  if (score.kind === "boolean" && value !== null) return <Badge tone={value ? "ok" : "bad"}>{value ? "yes" : "no"}</Badge>;
  if (label) return <Badge tone="violet">{label}</Badge>;
  if (value === null) return <span className={styles.nothing}>–</span>;
  return (
    <span className={styles.value}>
      {value >= 0 && value <= 1 ? (
        <span className={styles.meter} aria-hidden>
          <span style={{ width: `${value * 100}%` }} />
        </span>
      ) : null}
      {Number(value.toFixed(3))}
    </span>
  );
}

function NewScore({ trace, span, spanName, known }: { trace: string; span: string; spanName: string; known: readonly Score[] }) {
  const [open, setOpen] = useState(false);
  const [name, setName] = useState("");
  const [value, setValue] = useState("");
  const [comment, setComment] = useState("");
  const { score } = useAnnotate(trace);
  const { reason } = useRight("write");
  const number = Number(value);
  const missing = !name.trim() ? "Name the score" : !value.trim() ? "Give a number or a label" : null;
  const names = [...new Set(known.map((each) => each.name))];
  const save = () => {
    const judged = Number.isFinite(number) ? { value: number } : { label: value.trim() };
    score.mutate(
      { name: name.trim(), trace_id: trace, span_id: span, comment, ...judged } as Parameters<typeof score.mutate>[0],
      {
        onSuccess: () => {
          setOpen(false);
          setValue("");
          setComment("");
        },
      },
    );
  };
  return (
    <Popover
      label="New score"
      open={open}
      onOpenChange={setOpen}
      align="end"
      width={300}
      trigger={
        <Button size="sm" variant="ghost" icon={<Plus />} disabledReason={reason}>
          Score
        </Button>
      }
    >
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (!missing) save();
        }}
      >
        <p className={styles.about}>{span ? `About ${spanName}` : "About the whole trace"}</p>
        <Field label="Name">{(control) => <Input {...control} list="score-names" value={name} placeholder="faithfulness" onChange={(event) => setName(event.target.value)} />}</Field>
        <datalist id="score-names">
          {names.map((each) => (
            <option key={each} value={each} />
          ))}
        </datalist>
        <Field label="Value" hint="A number, or a label such as good">
          {(control) => <Input {...control} value={value} onChange={(event) => setValue(event.target.value)} />}
        </Field>
        <Field label="Why" optional>
          {(control) => <Input {...control} value={comment} onChange={(event) => setComment(event.target.value)} />}
        </Field>
        {score.error ? <Notice tone="bad">{describeError(score.error)}</Notice> : null}
        <Button type="submit" variant="primary" busy={score.isPending} disabledReason={missing}>
          Save the score
        </Button>
      </form>
    </Popover>
  );
}

/** The tags of a trace and its spans, to be put on and taken off. */
export function Tags({ trace }: { trace: string }) {
  const said = useAnnotations(trace);
  const tags = useTags();
  const { tag, untag } = useAnnotate(trace);
  const { reason } = useRight("write");
  const [open, setOpen] = useState(false);
  const [text, setText] = useState("");
  const mine = (said.data ?? []).filter((each) => each.kind === "tag");
  const known = (tags.data ?? []).map((each) => each.tag).filter((name) => !mine.some((each) => each.text === name && each.span_id === ""));
  const add = (name: string) => {
    if (!name.trim()) return;
    tag.mutate(
      { tag: name.trim(), span: "" },
      {
        onSuccess: () => {
          setText("");
          setOpen(false);
        },
      },
    );
  };
  return (
    <div className={styles.tags} role="group" aria-label="Tags">
      {mine.map((each) => (
        <Badge key={each.id} tone="accent" icon={<TagIcon aria-hidden />} title={`${each.author}${each.span_id ? `, on the span ${each.span_id}` : ""}`}>
          {each.text}
          {reason ? null : (
            <button type="button" className={styles.off} aria-label={`Take the tag ${each.text} off`} onClick={() => untag.mutate({ tag: each.text, span: each.span_id })}>
              <X aria-hidden />
            </button>
          )}
        </Badge>
      ))}
      <Popover
        label="New tag"
        open={open}
        onOpenChange={setOpen}
        trigger={
          <Button size="sm" variant="ghost" icon={<Plus />} disabledReason={reason}>
            Tag
          </Button>
        }
      >
        <form
          className={styles.form}
          onSubmit={(event) => {
            event.preventDefault();
            add(text);
          }}
        >
          <Input aria-label="Tag" placeholder="needs-review" value={text} autoFocus onChange={(event) => setText(event.target.value)} />
          {known.length > 0 ? (
            <div className={styles.known}>
              {known
                .filter((name) => name.includes(text.trim().toLowerCase()))
                .slice(0, 12)
                .map((name) => (
                  <button key={name} type="button" onClick={() => add(name)}>
                    {name}
                  </button>
                ))}
            </div>
          ) : null}
          {tag.error ? <Notice tone="bad">{describeError(tag.error)}</Notice> : null}
          <Button type="submit" variant="primary" size="sm" busy={tag.isPending} disabledReason={text.trim() ? null : "Name the tag"}>
            Put it on
          </Button>
        </form>
      </Popover>
    </div>
  );
}
