import { Rocket } from "lucide-react";
import { Link } from "react-router";

import { useProject, useRight } from "@/api/session";
import { useView } from "@/app/scope";
import { Button } from "@/design/Button";
import { Code, InlineCode } from "@/design/Code";
import { EmptyState } from "@/design/EmptyState";
import { Select } from "@/design/Select";
import { Skeleton } from "@/design/Skeleton";
import { Tabs } from "@/design/Tabs";
import { paths } from "@/paths";

import { useSetup } from "../setup/queries";
import styles from "./CallTab.module.css";
import { useVersion, type PromptDetail } from "./queries";
import { LANGUAGES, snippet } from "./snippet";

/** Code that calls this prompt, ready to be copied. */
export function CallTab({ prompt, onRelease }: { prompt: PromptDetail; onRelease: () => void }) {
  const project = useProject();
  const release = useRight("release");
  const setup = useSetup(project.id);
  const [view, setView] = useView();
  const live = prompt.live.find((each) => each.environment === view.get("in")) ?? prompt.live.find((each) => each.environment === "production") ?? prompt.live[0];
  const language = LANGUAGES.find((each) => each.id === view.get("language")) ?? LANGUAGES[0];
  const version = useVersion(project.id, prompt.id, live?.version);
  if (!live) {
    return (
      <EmptyState
        icon={<Rocket />}
        title="Release a version, then call it"
        action={
          <Button variant="primary" icon={<Rocket />} disabledReason={release.reason} onClick={onRelease}>
            Release…
          </Button>
        }
      >
        <p>
          Applications call <InlineCode>prompt:{prompt.name}</InlineCode> and get whatever is live in their environment. Nothing is live yet.
        </p>
      </EmptyState>
    );
  }
  return (
    <div className={styles.call}>
      <div className={styles.bar}>
        <Tabs
          label="Language"
          variant="pill"
          value={language.id}
          onChange={(next) => setView({ language: next })}
          tabs={LANGUAGES.map((each) => ({ value: each.id, label: each.title }))}
        />
        <Select
          aria-label="Call environment"
          prefix="in"
          value={live.environment}
          options={prompt.live.map((each) => ({ value: each.environment, label: each.environment, hint: `v${each.version}` }))}
          onChange={(next) => setView({ in: next })}
        />
      </div>
      {setup.data && version.data ? (
        <Code
          title={`${prompt.name} in ${live.environment}: version ${live.version} on ${live.model}`}
          language={language.id === "curl" ? "shell" : "python"}
          code={snippet(language.id, {
            gatewayUrl: setup.data.gateway_url,
            serverUrl: window.location.origin,
            prompt: prompt.name,
            environment: live.environment,
            variables: version.data.variables,
          })}
        />
      ) : (
        <Skeleton height={220} radius={10} />
      )}
      <ul className={styles.notes}>
        <li>
          Put a key in place of <InlineCode>tt_…</InlineCode>: make one under <Link to={paths.keys(project.slug)}>API keys</Link> with the right to call
          models.
        </li>
        <li>
          Variables go into <InlineCode>metadata</InlineCode> as text; Trimtab reads them as the types that the version declares. Large ones fit into{" "}
          <InlineCode>{'extra_body={"variables": {…}}'}</InlineCode>.
        </li>
        <li>
          Without <InlineCode>@{live.environment}</InlineCode> the key’s own environment decides. Messages that you send are put behind the prompt’s.
        </li>
      </ul>
    </div>
  );
}
