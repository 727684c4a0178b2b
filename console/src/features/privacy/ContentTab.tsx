import { useState } from "react";

import { describeError } from "@/api/error";
import { useProject, useRight } from "@/api/session";
import { useEnvironments } from "@/app/ScopeBar";
import { Button } from "@/design/Button";
import { Card } from "@/design/Card";
import { Field, Input, TextArea } from "@/design/Field";
import { formatCount } from "@/design/format";
import { Notice } from "@/design/Notice";
import { Select } from "@/design/Select";
import { Table } from "@/design/Table";
import { useToast } from "@/design/Toast";

import styles from "./Privacy.module.css";
import { useReplaceContent, type Content, type Privacy } from "./queries";
import { modeOf, percentOf, shareOf, type Mode } from "./words";

const MODES: readonly { value: Mode; label: string }[] = [
  { value: "all", label: "Always" },
  { value: "some", label: "Of some traces" },
  { value: "none", label: "Never" },
];
const FIRST_SHARE = 0.1;

/** Whose messages are kept, by environment. */
export function ContentTab({ privacy }: { privacy: Privacy }) {
  const project = useProject();
  const admin = useRight("admin");
  const toast = useToast();
  const replace = useReplaceContent(project.id);
  const known = useEnvironments().data?.items ?? [];
  const [shares, setShares] = useState<Record<string, string>>(() =>
    Object.fromEntries(Object.entries(privacy.content.environments).map(([name, share]) => [name, percentOf(share)])),
  );
  const [kept, setKept] = useState(privacy.content.keep_attributes.join("\n"));
  const names = [...new Set([...known.map((each) => each.name), ...Object.keys(shares)])];
  const parsed = Object.entries(shares).map(([name, text]) => [name, shareOf(text)] as const);
  const isBad = parsed.some(([, share]) => share === null);
  const wanted: Content = {
    environments: Object.fromEntries(parsed.filter((each): each is [string, number] => each[1] !== null && each[1] < 1)),
    keep_attributes: kept
      .split(/[\n,]/)
      .map((name) => name.trim())
      .filter(Boolean),
  };
  const isChanged = JSON.stringify(wanted) !== JSON.stringify(privacy.content);
  const set = (name: string, mode: Mode) => {
    const share = mode === "all" ? 1 : mode === "none" ? 0 : FIRST_SHARE;
    setShares({ ...shares, [name]: percentOf(share) });
  };
  return (
    <Card
      title="Whose messages are kept"
      description="Where they are not, tokens, cost, times, errors’ codes and metadata stay; messages never reach a disk, the gateway’s spool included."
    >
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          replace.mutate(wanted, { onSuccess: () => toast.done("Saved", "The gateway follows within a second.") });
        }}
      >
        <Table
          label="Environments"
          rows={names}
          rowKey={(name) => name}
          empty="The project has no environments."
          columns={[
            { key: "name", header: "Environment", cell: (name) => <strong>{name}</strong> },
            {
              key: "mode",
              header: "Messages are kept",
              width: "360px",
              cell: (name) => {
                const share = shareOf(shares[name] ?? "100");
                const mode = share === null ? "some" : modeOf(share);
                return (
                  <span className={styles.mode}>
                    <Select aria-label={`Messages in ${name}`} value={mode} onChange={(next) => set(name, next)} options={MODES} disabled={!admin.allowed} />
                    {mode === "some" ? (
                      <Input
                        className={styles.narrow}
                        aria-label={`Percent of traces in ${name}`}
                        aria-invalid={share === null ? true : undefined}
                        inputMode="decimal"
                        suffix="%"
                        value={shares[name] ?? ""}
                        onChange={(event) => setShares({ ...shares, [name]: event.target.value })}
                      />
                    ) : null}
                  </span>
                );
              },
            },
          ]}
        />
        <p className={styles.quiet}>
          A trace is kept or not as a whole: its id decides, so gateway and telemetry agree. Since the server started, {formatCount(privacy.counts.without_content ?? 0)} spans and
          records were stored without messages.
        </p>
        <Field
          label="Attributes that stay"
          optional
          hint="One on a line; acme.* stands for all that begin so. Without their messages, spans keep numbers and attributes that are known to hold no content."
        >
          {(control) => <TextArea {...control} mono rows={3} placeholder="acme.tenant" value={kept} onChange={(event) => setKept(event.target.value)} />}
        </Field>
        {isBad ? <Notice tone="warn">A percentage is from 0 to 100.</Notice> : null}
        {replace.error ? <Notice tone="bad">{describeError(replace.error)}</Notice> : null}
        <div className={styles.save}>
          <Button
            type="submit"
            variant="primary"
            busy={replace.isPending}
            disabledReason={admin.reason ?? (isBad ? "A percentage is from 0 to 100." : isChanged ? null : "Nothing was changed.")}
          >
            Save
          </Button>
        </div>
      </form>
    </Card>
  );
}
