import { FolderClosed, MessageSquareText, Plus, Search } from "lucide-react";
import { useDeferredValue, useEffect, useRef, useState } from "react";
import { Link, useNavigate } from "react-router";

import { useProject, useRight } from "@/api/session";
import { ErrorView } from "@/app/ErrorView";
import { useView } from "@/app/scope";
import { useShortcuts } from "@/app/shortcuts";
import { Badge } from "@/design/Badge";
import { Button } from "@/design/Button";
import { InlineCode } from "@/design/Code";
import { EmptyState } from "@/design/EmptyState";
import { Input } from "@/design/Field";
import { RelativeTime } from "@/design/Figures";
import { Page } from "@/design/Page";
import { SkeletonRows } from "@/design/Skeleton";
import { paths } from "@/paths";

import { LiveBadge } from "./LiveBadge";
import { groupByFolder, splitName } from "./name";
import { NewPromptDialog } from "./NewPromptDialog";
import styles from "./PromptsPage.module.css";
import { usePrompts, type PromptRow } from "./queries";

/** All prompts of the project, by folder. */
export function PromptsPage() {
  const project = useProject();
  const write = useRight("write");
  const [view, setView] = useView();
  const q = view.get("q") ?? "";
  const prompts = usePrompts(project.id, useDeferredValue(q));
  const search = useRef<HTMLInputElement>(null);
  const isNew = view.get("new") !== null;
  const openNew = () => setView({ new: "prompt" });
  useShortcuts({
    "/": () => search.current?.focus(),
    n: () => {
      if (write.allowed) openNew();
    },
  });

  const items = prompts.data?.pages.flatMap((page) => page.items) ?? [];
  const newPrompt = (
    <Button variant="primary" icon={<Plus />} disabledReason={write.reason} onClick={openNew}>
      New prompt
    </Button>
  );
  return (
    <Page
      title="Prompts"
      actions={
        <>
          <Input
            ref={search}
            type="search"
            aria-label="Search prompts"
            className={styles.search}
            prefix={<Search />}
            placeholder="Search"
            value={q}
            onChange={(event) => setView({ q: event.target.value })}
          />
          {newPrompt}
        </>
      }
      layout="fill"
    >
      {prompts.error ? (
        <ErrorView error={prompts.error} onRetry={() => void prompts.refetch()} />
      ) : prompts.isPending ? (
        <SkeletonRows rows={10} height={46} />
      ) : items.length === 0 ? (
        <Nothing q={q} onClear={() => setView({ q: null })} newPrompt={newPrompt} />
      ) : (
        <>
          <PromptTable items={items} project={project.slug} />
          {prompts.hasNextPage ? (
            <More key={items.length} isLoading={prompts.isFetchingNextPage} onSeen={() => void prompts.fetchNextPage()} />
          ) : null}
        </>
      )}
      <NewPromptDialog isOpen={isNew && write.allowed} onClose={() => setView({ new: null })} />
    </Page>
  );
}

function PromptTable({ items, project }: { items: readonly PromptRow[]; project: string }) {
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const toggle = (path: string) => {
    const next = new Set(closed);
    if (!next.delete(path)) next.add(path);
    setClosed(next);
  };
  const table = useRef<HTMLTableElement>(null);
  const step = (by: 1 | -1) => {
    const links = Array.from(table.current?.querySelectorAll<HTMLAnchorElement>("td a") ?? []);
    const at = links.findIndex((link) => link === document.activeElement);
    links[at < 0 ? 0 : at + by]?.focus();
  };
  useShortcuts({ j: () => step(1), k: () => step(-1), arrowdown: () => step(1), arrowup: () => step(-1) });
  return (
    <div className={styles.scroll}>
      <table ref={table} className={styles.table} aria-label="Prompts">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col" className={styles.live}>
              Live in
            </th>
            <th scope="col" className={styles.kind}>
              Kind
            </th>
            <th scope="col" className={styles.version}>
              Latest
            </th>
            <th scope="col" className={styles.updated}>
              Updated
            </th>
          </tr>
        </thead>
        {groupByFolder(items).map((folder) => (
          <tbody key={folder.path}>
            {folder.path === "" ? null : (
              <tr className={styles.folder}>
                <th scope="rowgroup" colSpan={5}>
                  <button type="button" aria-expanded={!closed.has(folder.path)} onClick={() => toggle(folder.path)}>
                    <FolderClosed aria-hidden />
                    {folder.path}
                    <span className={styles.count}>{folder.items.length}</span>
                  </button>
                </th>
              </tr>
            )}
            {closed.has(folder.path)
              ? null
              : folder.items.map((prompt) => <PromptTableRow key={prompt.id} prompt={prompt} project={project} isInside={folder.path !== ""} />)}
          </tbody>
        ))}
      </table>
    </div>
  );
}

function PromptTableRow({ prompt, project, isInside }: { prompt: PromptRow; project: string; isInside: boolean }) {
  const navigate = useNavigate();
  const to = paths.prompt(project, prompt.id);
  return (
    <tr className={styles.row} onClick={() => void navigate(to)}>
      <td>
        <div className={styles.name} data-inside={isInside}>
          <Link to={to} aria-label={prompt.name} onClick={(event) => event.stopPropagation()}>
            {splitName(prompt.name).leaf}
          </Link>
          {prompt.description ? <span className={styles.description}>{prompt.description}</span> : null}
        </div>
      </td>
      <td className={styles.live}>
        <span className={styles.badges}>
          {prompt.live.length === 0 ? <span className={styles.none}>not released</span> : null}
          {prompt.live.map((live) => (
            <LiveBadge key={live.environment} environment={live.environment} version={live.version} title={live.model} />
          ))}
        </span>
      </td>
      <td className={styles.kind}>{prompt.kind}</td>
      <td className={styles.version}>
        <Badge mono>v{prompt.latest_version}</Badge>
      </td>
      <td className={styles.updated}>
        <RelativeTime at={prompt.updated_at} />
      </td>
    </tr>
  );
}

function Nothing({ q, onClear, newPrompt }: { q: string; onClear: () => void; newPrompt: React.ReactNode }) {
  if (q !== "") {
    return (
      <EmptyState icon={<Search />} title={`No prompt speaks of “${q}”`} action={<Button onClick={onClear}>Show all prompts</Button>}>
        <p>The search looks at names, folders included, and at descriptions.</p>
      </EmptyState>
    );
  }
  return (
    <EmptyState icon={<MessageSquareText />} title="Write your first prompt" action={newPrompt}>
      <p>
        A prompt lives here instead of in your code: every save is a version that never changes, and releasing one to an environment puts it
        live within a second, without a deployment. Your application calls it by name, as the model <InlineCode>prompt:support/answer</InlineCode>.
      </p>
    </EmptyState>
  );
}

/** Asks for the next page when it comes into view. */
function More({ isLoading, onSeen }: { isLoading: boolean; onSeen: () => void }) {
  const end = useRef<HTMLDivElement>(null);
  const seen = useRef(onSeen);
  useEffect(() => {
    seen.current = onSeen;
  });
  useEffect(() => {
    if (!end.current) return;
    const observer = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) seen.current();
    });
    observer.observe(end.current);
    return () => observer.disconnect();
  }, []);
  return <div ref={end}>{isLoading ? <SkeletonRows rows={3} /> : null}</div>;
}
