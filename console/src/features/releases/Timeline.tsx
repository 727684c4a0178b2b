import { Rocket, Undo2 } from "lucide-react";
import { Link } from "react-router";

import { useProject } from "@/api/session";
import { Badge } from "@/design/Badge";
import { Button } from "@/design/Button";
import { RelativeTime } from "@/design/Figures";
import { paths } from "@/paths";

import { summarise } from "./parameters";
import type { Release } from "./queries";
import styles from "./Timeline.module.css";

interface TimelineProps {
  releases: readonly Release[];
  /** Whether each entry names its prompt. */
  withPrompt?: boolean;
  /** Offered on entries that can be gone back to. */
  onRestore?: (release: Release) => void;
  canRestore?: (release: Release) => boolean;
}

/** Everything that moved a prompt, newest first. */
export function Timeline({ releases, withPrompt = false, onRestore, canRestore }: TimelineProps) {
  const project = useProject();
  return (
    <ol className={styles.timeline} aria-label="Release history">
      {releases.map((release) => (
        <li key={release.id} className={styles.entry} data-action={release.action} aria-label={`${release.action} of version ${release.version} in ${release.environment}`}>
          <span className={styles.mark} aria-hidden>
            {release.action === "rollback" ? <Undo2 /> : <Rocket />}
          </span>
          <div className={styles.body}>
            <p className={styles.title}>
              {withPrompt ? (
                <Link to={paths.prompt(project.slug, release.prompt_id, { tab: "releases" })} className={styles.prompt}>
                  {release.prompt_name}
                </Link>
              ) : null}
              <Badge mono>v{release.version}</Badge>
              <span>
                {release.action === "rollback" ? "rolled back in" : "released to"} <strong>{release.environment}</strong>
              </span>
              {release.is_live ? (
                <Badge tone="ok" dot>
                  live
                </Badge>
              ) : null}
            </p>
            <p className={styles.meta}>
              {release.model}
              {Object.keys(release.parameters).length > 0 ? ` · ${summarise(release.parameters)}` : ""}
            </p>
            {release.note ? <p className={styles.note}>{release.note}</p> : null}
            <p className={styles.meta}>
              {release.author.name} · <RelativeTime at={release.created_at} />
            </p>
          </div>
          {onRestore && canRestore?.(release) ? (
            <Button size="sm" variant="ghost" icon={<Undo2 />} className={styles.restore} onClick={() => onRestore(release)}>
              Restore
            </Button>
          ) : null}
        </li>
      ))}
    </ol>
  );
}
