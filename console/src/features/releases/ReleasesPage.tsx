import { Rocket } from "lucide-react";
import { Link } from "react-router";

import { useProject } from "@/api/session";
import { ErrorView } from "@/app/ErrorView";
import { useView } from "@/app/scope";
import { EnvironmentPicker, useEnvironments } from "@/app/ScopeBar";
import { Badge } from "@/design/Badge";
import { Button } from "@/design/Button";
import { EmptyState } from "@/design/EmptyState";
import { Page } from "@/design/Page";
import { SkeletonRows } from "@/design/Skeleton";
import { paths } from "@/paths";

import { usePrompts, type PromptRow } from "../prompts/queries";
import { useReleases } from "./queries";
import styles from "./ReleasesPage.module.css";
import { Timeline } from "./Timeline";

/** What is live where in the whole project, and everything that moved. */
export function ReleasesPage() {
  const project = useProject();
  const [view] = useView();
  const environment = view.get("environment") ?? undefined;
  const releases = useReleases(project.id, { environment });
  const history = releases.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Page title="Releases" actions={<EnvironmentPicker />}>
      {releases.error ? (
        <ErrorView error={releases.error} onRetry={() => void releases.refetch()} />
      ) : releases.isPending ? (
        <SkeletonRows rows={8} height={54} />
      ) : history.length === 0 ? (
        <EmptyState
          icon={<Rocket />}
          title={environment ? `Nothing was released to ${environment} yet` : "Nothing was released yet"}
          action={
            <Link to={paths.prompts(project.slug)}>
              <Button variant="primary" tabIndex={-1}>
                Go to the prompts
              </Button>
            </Link>
          }
        >
          <p>
            A release binds a version of a prompt to a model, its parameters and an environment. Open a prompt and choose Release…: from then on
            applications in that environment get it, and one click takes it back.
          </p>
        </EmptyState>
      ) : (
        <div className={styles.columns}>
          <LiveNow environment={environment} />
          <section aria-label="History">
            <h2 className={styles.title}>History</h2>
            <Timeline releases={history} withPrompt />
            {releases.hasNextPage ? (
              <Button busy={releases.isFetchingNextPage} onClick={() => void releases.fetchNextPage()}>
                Show older releases
              </Button>
            ) : null}
          </section>
        </div>
      )}
    </Page>
  );
}

/** A row for each prompt that is live anywhere, a column for each environment. */
function LiveNow({ environment }: { environment: string | undefined }) {
  const project = useProject();
  const environments = useEnvironments();
  const prompts = usePrompts(project.id, "");
  const names = (environments.data?.items ?? []).map((each) => each.name).filter((name) => environment === undefined || name === environment);
  const rows = (prompts.data?.pages.flatMap((page) => page.items) ?? []).filter((prompt) => prompt.live.some((live) => names.includes(live.environment)));
  return (
    <section aria-label="Live now" className={styles.live}>
      <h2 className={styles.title}>Live now</h2>
      <div className={styles.frame}>
        <table aria-label="Live versions">
          <thead>
            <tr>
              <th scope="col">Prompt</th>
              {names.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((prompt) => (
              <tr key={prompt.id}>
                <th scope="row">
                  <Link to={paths.prompt(project.slug, prompt.id, { tab: "releases" })}>{prompt.name}</Link>
                </th>
                {names.map((name) => (
                  <td key={name}>
                    <LiveCell prompt={prompt} environment={name} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
        {prompts.hasNextPage ? (
          <Button variant="ghost" busy={prompts.isFetchingNextPage} onClick={() => void prompts.fetchNextPage()}>
            Show more prompts
          </Button>
        ) : null}
      </div>
    </section>
  );
}

function LiveCell({ prompt, environment }: { prompt: PromptRow; environment: string }) {
  const live = prompt.live.find((each) => each.environment === environment);
  if (!live) return <span className={styles.none}>–</span>;
  const behind = prompt.latest_version - live.version;
  return (
    <span className={styles.cell}>
      <span className={styles.versions}>
        <Badge mono tone={behind === 0 ? "ok" : "neutral"} title={behind === 0 ? "The latest version" : undefined}>
          v{live.version}
        </Badge>
        {behind > 0 ? (
          <span className={styles.behind} title={`${behind} behind the latest version`}>
            −{behind} <span className="visually-hidden">behind the latest version</span>
          </span>
        ) : null}
      </span>
      <span className={styles.model}>{live.model}</span>
    </span>
  );
}
