import { useQuery } from "@tanstack/react-query";
import { ArrowRight, FolderGit2, MessageSquareText, Moon, Plus, Search, Sun } from "lucide-react";
import { Dialog } from "radix-ui";
import { useId, useState, type KeyboardEvent, type ReactNode } from "react";
import { useNavigate } from "react-router";

import { api, unwrap } from "@/api/client";
import { keys } from "@/api/keys";
import type { ProjectRef } from "@/api/types";
import { classes } from "@/design/classes";
import { Keys } from "@/design/Keys";
import { paths } from "@/paths";

import styles from "./CommandPalette.module.css";
import { rank } from "./rank";
import { SECTIONS } from "./sections";
import { setTheme } from "./theme";

interface Command {
  id: string;
  group: string;
  name: string;
  icon: ReactNode;
  keys?: string;
  run: () => void;
}

interface PaletteProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  project: ProjectRef;
  projects: readonly ProjectRef[];
}

/** One box to go anywhere and do the usual things, without the mouse. */
export function CommandPalette(props: PaletteProps) {
  return (
    <Dialog.Root open={props.open} onOpenChange={props.onOpenChange}>
      <Dialog.Portal>
        <Dialog.Overlay className={styles.scrim} />
        <Dialog.Content className={styles.palette} aria-describedby={undefined}>
          <Dialog.Title className="visually-hidden">Search and commands</Dialog.Title>
          <Palette {...props} />
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function useCommands(project: ProjectRef, projects: readonly ProjectRef[], text: string): Command[] {
  const navigate = useNavigate();
  const go = (path: string) => () => void navigate(path);
  const prompts = useQuery({
    queryKey: [...keys.prompts(project.id), "palette"],
    queryFn: () => unwrap(api.GET("/api/v1/projects/{project_id}/prompts", { params: { path: { project_id: project.id } } })),
  });
  const commands: Command[] = [
    ...SECTIONS.map((section) => ({
      id: `section-${section.key}`,
      group: "Go to",
      name: section.name,
      icon: section.icon,
      keys: `g ${section.key}`,
      run: go(section.path(project.slug)),
    })),
    ...(prompts.data?.items ?? []).map((prompt) => ({
      id: prompt.id,
      group: "Prompts",
      name: prompt.name,
      icon: <MessageSquareText />,
      run: go(paths.prompt(project.slug, prompt.id)),
    })),
    ...projects
      .filter((each) => each.id !== project.id)
      .map((each) => ({ id: each.id, group: "Projects", name: each.name, icon: <FolderGit2 />, run: go(paths.overview(each.slug)) })),
    { id: "new-prompt", group: "Do", name: "New prompt", icon: <Plus />, run: go(paths.newPrompt(project.slug)) },
    { id: "errors", group: "Do", name: "Show failed calls", icon: <ArrowRight />, run: go(paths.traces(project.slug, { status: "error" })) },
    { id: "light", group: "Do", name: "Switch to the light theme", icon: <Sun />, run: () => setTheme("light") },
    { id: "dark", group: "Do", name: "Switch to the dark theme", icon: <Moon />, run: () => setTheme("dark") },
  ];
  const found = rank(commands, text);
  if (text.trim().length < 2) return found;
  return [
    ...found,
    {
      id: "search-traces",
      group: "Search",
      name: `Search traces for “${text.trim()}”`,
      icon: <Search />,
      run: go(paths.traces(project.slug, { q: text.trim() })),
    },
  ];
}

function Palette({ onOpenChange, project, projects }: PaletteProps) {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const list = useId();
  const commands = useCommands(project, projects, text);
  const current = Math.min(at, commands.length - 1);
  const run = (command: Command | undefined) => {
    if (!command) return;
    onOpenChange(false);
    command.run();
  };
  const move = (to: number) => {
    const next = (to + commands.length) % Math.max(1, commands.length);
    setAt(next);
    document.getElementById(`${list}-${next}`)?.scrollIntoView({ block: "nearest" });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") move(current + 1);
    else if (event.key === "ArrowUp") move(current - 1);
    else if (event.key === "Enter") run(commands[current]);
    else return;
    event.preventDefault();
  };
  return (
    <>
      <div className={styles.box}>
        <Search aria-hidden />
        <input
          className={styles.input}
          role="combobox"
          aria-expanded
          aria-controls={list}
          aria-activedescendant={commands.length ? `${list}-${current}` : undefined}
          aria-label="Search pages, prompts and commands"
          placeholder="Where to?"
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
        />
        <Keys keys="esc" />
      </div>
      <div className={styles.list} role="listbox" id={list} aria-label="Results">
        {commands.map((command, index) => (
          <div key={command.id}>
            {command.group === commands[index - 1]?.group ? null : <p className={styles.group}>{command.group}</p>}
            <div
              role="option"
              id={`${list}-${index}`}
              aria-selected={index === current}
              className={classes(styles.item, index === current && styles.current)}
              onMouseMove={() => setAt(index)}
              onClick={() => run(command)}
            >
              <span className={styles.icon}>{command.icon}</span>
              <span className={styles.name}>{command.name}</span>
              {command.keys ? <Keys keys={command.keys} /> : null}
            </div>
          </div>
        ))}
        {commands.length === 0 ? <p className={styles.none}>Nothing matches. Two letters or more also search the traces.</p> : null}
      </div>
    </>
  );
}
