import { ChevronDown } from "lucide-react";
import { Popover } from "radix-ui";
import { useId, useRef, useState, type KeyboardEvent } from "react";

import { classes } from "./classes";
import styles from "./Combobox.module.css";
import { Input } from "./Field";
import menu from "./Menu.module.css";

export interface Suggestion {
  value: string;
  hint?: string;
}

interface ComboboxProps {
  value: string;
  onChange: (value: string) => void;
  suggestions: readonly Suggestion[];
  /** Said when nothing fits what was typed. */
  none?: string;
  placeholder?: string;
  id?: string;
  "aria-label"?: string;
  "aria-describedby"?: string | undefined;
  "aria-invalid"?: true | undefined;
}

const SHOWN = 60;

/** A text field with suggestions: pick one, or write what is not among them. */
export function Combobox({ value, onChange, suggestions, none, placeholder, ...control }: ComboboxProps) {
  const [isOpen, setOpen] = useState(false);
  const [isFiltering, setFiltering] = useState(false);
  const [active, setActive] = useState(-1);
  const list = useRef<HTMLUListElement>(null);
  const listId = useId();
  const fitting = matching(suggestions, isFiltering ? value : "");
  const isShown = isOpen && (fitting.length > 0 || none !== undefined);

  const open = () => {
    setOpen(true);
    setFiltering(false);
    setActive(fitting.findIndex((each) => each.value === value));
  };
  const close = () => {
    setOpen(false);
    setActive(-1);
  };
  const pick = (picked: string) => {
    onChange(picked);
    close();
  };
  const move = (by: number) => {
    if (!isShown) {
      open();
      return;
    }
    const next = (active + by + fitting.length) % Math.max(1, fitting.length);
    setActive(next);
    list.current?.children[next]?.scrollIntoView({ block: "nearest" });
  };
  const press = (event: KeyboardEvent) => {
    const chosen = isShown ? fitting[active] : undefined;
    if (event.key === "ArrowDown") move(1);
    else if (event.key === "ArrowUp") move(-1);
    else if (event.key === "Enter" && chosen) pick(chosen.value);
    else return;
    event.preventDefault();
  };

  return (
    <Popover.Root open={isShown} onOpenChange={(next) => (next ? open() : close())}>
      <Popover.Anchor className={styles.combobox} onBlur={close}>
        <Input
          {...control}
          role="combobox"
          autoComplete="off"
          spellCheck={false}
          mono
          aria-expanded={isShown}
          aria-controls={listId}
          aria-autocomplete="list"
          aria-activedescendant={active >= 0 && isShown ? `${listId}-${active}` : undefined}
          placeholder={placeholder}
          value={value}
          suffix={<ChevronDown aria-hidden />}
          onClick={open}
          onKeyDown={press}
          onChange={(event) => {
            onChange(event.target.value);
            setOpen(true);
            setFiltering(true);
            setActive(-1);
          }}
        />
      </Popover.Anchor>
      <Popover.Portal>
        <Popover.Content
          asChild
          align="start"
          sideOffset={4}
          collisionPadding={8}
          onOpenAutoFocus={(event) => event.preventDefault()}
          onCloseAutoFocus={(event) => event.preventDefault()}
          onFocusOutside={(event) => event.preventDefault()}
          onInteractOutside={(event) => event.preventDefault()}
        >
          <ul ref={list} id={listId} role="listbox" aria-label="Suggestions" className={classes(menu.menu, styles.list)}>
            {fitting.map((each, index) => (
              <li
                key={each.value}
                id={`${listId}-${index}`}
                role="option"
                aria-selected={index === active}
                className={menu.item}
                data-highlighted={index === active ? "" : undefined}
                onPointerDown={(event) => {
                  event.preventDefault();
                  pick(each.value);
                }}
                onMouseMove={() => setActive(index)}
              >
                <span className={menu.text}>{each.value}</span>
                {each.hint ? <span className={menu.hint}>{each.hint}</span> : null}
              </li>
            ))}
            {fitting.length === 0 ? <li className={styles.none}>{none}</li> : null}
          </ul>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function matching(suggestions: readonly Suggestion[], typed: string): Suggestion[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  return suggestions.filter((each) => words.every((word) => each.value.toLowerCase().includes(word))).slice(0, SHOWN);
}
