import { GitCompare, PencilLine, Rocket } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";

import { useProject, useRight } from "@/api/session";
import { ErrorView } from "@/app/ErrorView";
import { Badge } from "@/design/Badge";
import { Button, IconButton } from "@/design/Button";
import { CopyButton } from "@/design/CopyButton";
import { RelativeTime } from "@/design/Figures";
import { SkeletonRows } from "@/design/Skeleton";
import { paths } from "@/paths";

import { LiveBadge } from "./LiveBadge";
import { useVersions, type PromptDetail, type Version } from "./queries";
import styles from "./VersionsTab.module.css";

interface VersionsTabProps {
  prompt: PromptDetail;
  onEdit: (version: Version) => void;
  onRelease: (version: number) => void;
}

/** All versions, newest first: who made each, why, and where it is live. */
export function VersionsTab({ prompt, onEdit, onRelease }: VersionsTabProps) {
  const project = useProject();
  const versions = useVersions(project.id, prompt.id);
  if (versions.error) return <ErrorView error={versions.error} onRetry={() => void versions.refetch()} />;
  if (versions.isPending) return <SkeletonRows rows={6} height={64} />;
  const items = versions.data.pages.flatMap((page) => page.items);
  return (
    <>
      <ol className={styles.list} aria-label="Versions">
        {items.map((version) => (
          <VersionRow key={version.number} version={version} prompt={prompt} onEdit={onEdit} onRelease={onRelease} />
        ))}
      </ol>
      {versions.hasNextPage ? (
        <Button className={styles.more} busy={versions.isFetchingNextPage} onClick={() => void versions.fetchNextPage()}>
          Show older versions
        </Button>
      ) : null}
    </>
  );
}

interface VersionRowProps extends VersionsTabProps {
  version: Version;
}

function VersionRow({ version, prompt, onEdit, onRelease }: VersionRowProps) {
  const project = useProject();
  const write = useRight("write");
  const release = useRight("release");
  const [isOpen, setOpen] = useState(false);
  const live = prompt.live.filter((each) => each.version === version.number);
  const { number } = version;
  return (
    <li className={styles.version} aria-label={`Version ${number}`}>
      <div className={styles.row}>
        <button type="button" className={styles.summary} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          <Badge mono tone={live.length > 0 ? "accent" : "neutral"}>
            v{number}
          </Badge>
          <span className={styles.text}>
            <span className={styles.message}>{version.message || "No message"}</span>
            <span className={styles.meta}>
              {version.author.name} · <RelativeTime at={version.created_at} />
            </span>
          </span>
        </button>
        <span className={styles.live}>
          {live.map((each) => (
            <LiveBadge key={each.environment} environment={each.environment} version={number} title={each.model} />
          ))}
        </span>
        <code className={styles.hash} title={version.content_hash}>
          {version.content_hash.replace(/^sha256:/, "").slice(0, 10)}
        </code>
        <CopyButton text={version.content_hash} label={`Copy hash of version ${number}`} />
        <div className={styles.actions}>
          {number > 1 ? (
            <Link
              className={styles.compare}
              to={paths.prompt(project.slug, prompt.id, { tab: "compare", from: number - 1, to: number })}
              aria-label={`Compare version ${number} with version ${number - 1}`}
              title={`Compare with version ${number - 1}`}
            >
              <GitCompare aria-hidden />
            </Link>
          ) : null}
          <IconButton size="sm" label={`Edit from version ${number}`} disabledReason={write.reason} onClick={() => onEdit(version)}>
            <PencilLine />
          </IconButton>
          <IconButton size="sm" label={`Release version ${number}…`} disabledReason={release.reason} onClick={() => onRelease(number)}>
            <Rocket />
          </IconButton>
        </div>
      </div>
      {isOpen ? <VersionContent version={version} /> : null}
    </li>
  );
}

function VersionContent({ version }: { version: Version }) {
  return (
    <div className={styles.content}>
      {version.messages.map((message, index) => (
        <article key={index}>
          <h3>{message.role}</h3>
          <pre>{message.template}</pre>
        </article>
      ))}
      {version.variables.length > 0 ? (
        <p className={styles.variables}>
          {version.variables.map((variable) => (
            <Badge key={variable.name} mono>
              {variable.name}: {variable.type}
              {variable.required ? "" : "?"}
            </Badge>
          ))}
        </p>
      ) : null}
    </div>
  );
}
