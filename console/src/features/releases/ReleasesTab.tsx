import { Rocket, Undo2 } from "lucide-react";
import { useState } from "react";

import { useProject, useRight } from "@/api/session";
import { ErrorView } from "@/app/ErrorView";
import { useEnvironments } from "@/app/ScopeBar";
import { useView } from "@/app/scope";
import { Badge } from "@/design/Badge";
import { Button } from "@/design/Button";
import { RelativeTime } from "@/design/Figures";
import { Skeleton } from "@/design/Skeleton";

import type { PromptDetail } from "../prompts/queries";
import { listed, liveIn, targetsOf } from "./history";
import { summarise } from "./parameters";
import { useHistory, type Release } from "./queries";
import styles from "./ReleasesTab.module.css";
import { RollBackDialog } from "./RollBackDialog";
import { Timeline } from "./Timeline";

/** What of a prompt is live in each environment, and how it came there. */
export function ReleasesTab({ prompt }: { prompt: PromptDetail }) {
  const project = useProject();
  const mayRelease = useRight("release");
  const environments = useEnvironments();
  const releases = useHistory(project.id, prompt);
  const [, setView] = useView();
  const [asked, setAsked] = useState<{ environment: string; target: string } | null>(null);
  const error = releases.error ?? environments.error;
  if (error) return <ErrorView error={error} onRetry={() => void releases.refetch()} />;
  if (!releases.items || !environments.data) return <Skeleton height={140} radius={10} />;
  const history = releases.items;
  const live = asked ? liveIn(history, asked.environment) : null;

  return (
    <>
      <div className={styles.environments}>
        {environments.data.items.map((environment) => (
          <EnvironmentCard
            key={environment.id}
            name={environment.name}
            history={history}
            onRelease={() => setView({ release: "new", environment: environment.name })}
            onRollBack={(target) => setAsked({ environment: environment.name, target })}
          />
        ))}
      </div>
      <section className={styles.history} aria-label="History">
        <h2>History</h2>
        {history.length === 0 ? (
          <p className={styles.none}>Every release and every rollback will stand here, with who did it and why.</p>
        ) : (
          <Timeline
            releases={history}
            canRestore={(release) => mayRelease.allowed && isRestorable(release, history)}
            onRestore={(release) => setAsked({ environment: release.environment, target: release.id })}
          />
        )}
        {releases.hasNextPage ? (
          <Button busy={releases.isFetchingNextPage} onClick={() => void releases.fetchNextPage()}>
            Show older releases
          </Button>
        ) : null}
      </section>
      {live && asked ? <RollBackDialog live={live} targets={targetsOf(history, live)} initial={asked.target} onClose={() => setAsked(null)} /> : null}
    </>
  );
}

function isRestorable(release: Release, history: readonly Release[]): boolean {
  const live = liveIn(history, release.environment);
  return live !== null && targetsOf(history, live).some((target) => target.id === release.id);
}

interface EnvironmentCardProps {
  name: string;
  history: readonly Release[];
  onRelease: () => void;
  onRollBack: (target: string) => void;
}

function EnvironmentCard({ name, history, onRelease, onRollBack }: EnvironmentCardProps) {
  const mayRelease = useRight("release");
  const live = liveIn(history, name);
  const target = live ? targetsOf(history, live)[0] : undefined;
  const why = mayRelease.reason ?? (target ? null : live ? "This is the first release here: there is nothing to go back to." : "Nothing is live here yet.");
  return (
    <section className={styles.card} aria-label={name} data-live={live !== null}>
      <header>
        <h2>{name}</h2>
        {live ? (
          <Badge tone={name === "production" ? "ok" : "accent"} dot>
            live
          </Badge>
        ) : (
          <Badge>empty</Badge>
        )}
      </header>
      {live ? <LiveRelease release={live} /> : <p className={styles.empty}>Calls for {name} are refused until a version is released here.</p>}
      <footer>
        <Button size="sm" icon={<Undo2 />} disabledReason={why} onClick={() => target && onRollBack(target.id)}>
          Roll back
        </Button>
        <Button size="sm" icon={<Rocket />} disabledReason={mayRelease.reason} onClick={onRelease} aria-label={`Release to ${name}…`}>
          Release…
        </Button>
      </footer>
    </section>
  );
}

function LiveRelease({ release }: { release: Release }) {
  return (
    <div className={styles.live}>
      <p className={styles.version}>
        Version {release.version} <span>on</span> {release.model}
      </p>
      <dl>
        <dt>Parameters</dt>
        <dd>{summarise(release.parameters) || "the model’s defaults"}</dd>
        <dt>Callers may set</dt>
        <dd>{listed(release.overridable)}</dd>
        <dt>Since</dt>
        <dd>
          <RelativeTime at={release.created_at} /> by {release.author.name}
        </dd>
      </dl>
    </div>
  );
}
