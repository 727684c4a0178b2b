import { Fragment, useMemo, useState } from "react";
import { fold, sideBySide, unified, wordsOf, type Line, type Row, type Unified } from "./comparison";
import styles from "./DiffView.module.css";

export type Layout = "split" | "unified";

interface DiffViewProps {
  /** Name for assistive technology. */
  label: string;
  lines: readonly Line[];
  layout: Layout;
}

/** Line and word differences of one text. */
export function DiffView({ label, lines, layout }: DiffViewProps) {
  return (
    <table className={styles.diff} data-layout={layout} aria-label={label}>
      {layout === "split" ? <Split lines={lines} /> : <Single lines={lines} />}
    </table>
  );
}

function Split({ lines }: { lines: readonly Line[] }) {
  const stretches = useMemo(() => fold(sideBySide(lines), isSameRow), [lines]);
  return (
    <>
      <colgroup>
        <col className={styles.numbers} />
        <col />
        <col className={styles.numbers} />
        <col />
      </colgroup>
      <tbody>
        {stretches.map((stretch, index) => (
          <Foldable key={index} isFolded={stretch.type === "folded"} count={stretch.items.length} columns={4}>
            {stretch.items.map((row, at) => (
              <tr key={at}>
                <Cells line={row.left} number={row.left?.number ?? null} />
                <Cells line={row.right} number={row.right?.number ?? null} />
              </tr>
            ))}
          </Foldable>
        ))}
      </tbody>
    </>
  );
}

function Single({ lines }: { lines: readonly Line[] }) {
  const stretches = useMemo(() => fold(unified(lines), isSameLine), [lines]);
  return (
    <>
      <colgroup>
        <col className={styles.numbers} />
        <col className={styles.numbers} />
        <col />
      </colgroup>
      <tbody>
        {stretches.map((stretch, index) => (
          <Foldable key={index} isFolded={stretch.type === "folded"} count={stretch.items.length} columns={3}>
            {stretch.items.map((line, at) => (
              <tr key={at}>
                <td className={styles.number}>{line.left}</td>
                <Cells line={line} number={line.right} />
              </tr>
            ))}
          </Foldable>
        ))}
      </tbody>
    </>
  );
}

interface FoldableProps {
  isFolded: boolean;
  count: number;
  columns: number;
  children: React.ReactNode;
}

function Foldable({ isFolded, count, columns, children }: FoldableProps) {
  const [isOpen, setOpen] = useState(false);
  if (!isFolded || isOpen) return <Fragment>{children}</Fragment>;
  return (
    <tr>
      <td colSpan={columns} className={styles.fold}>
        <button
          type="button"
          onClick={() => {
            setOpen(true);
          }}
        >
          Show {count} lines without change
        </button>
      </td>
    </tr>
  );
}

function Cells({ line, number }: { line: Line | null; number: number | null }) {
  const op = line?.op ?? "none";
  return (
    <>
      <td className={styles.number} data-op={op}>
        {number}
      </td>
      <td className={styles.text} data-op={op}>
        {line ? <LineText line={line} /> : null}
      </td>
    </>
  );
}

const SIGNS = { same: "", added: "Added: ", removed: "Removed: " } as const;

function LineText({ line }: { line: Line }) {
  return (
    <>
      <span className="visually-hidden">{SIGNS[line.op]}</span>
      {wordsOf(line).map((word, index) =>
        word.op === "same" ? <Fragment key={index}>{word.text}</Fragment> : <mark key={index}>{word.text}</mark>,
      )}
    </>
  );
}

function isSameRow(row: Row): boolean {
  return row.left?.op === "same";
}

function isSameLine(line: Unified): boolean {
  return line.op === "same";
}
