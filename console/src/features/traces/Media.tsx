import { useQuery } from "@tanstack/react-query";
import { AudioLines, Eye, File, FileText, Image as ImageIcon, Video } from "lucide-react";
import { useState } from "react";

import { ApiError, describeError } from "@/api/error";
import { keys } from "@/api/keys";
import { useProject } from "@/api/session";
import { Button } from "@/design/Button";
import { Code } from "@/design/Code";

import styles from "./Media.module.css";
import type { Message } from "./queries";
import { prettyJson } from "./text";

type Part = Message["parts"][number];

const KINDS = { image: ImageIcon, audio: AudioLines, video: Video, file: File } as const;
type Kind = keyof typeof KINDS;

/** What kind of medium a part is, by the words of any dialect: `image_url`, `input_audio`, `image/png`. */
export function kindOf(part: Pick<Part, "type" | "mime_type">): Kind {
  const words = `${part.mime_type} ${part.type}`.toLowerCase();
  return words.includes("image") ? "image" : words.includes("audio") ? "audio" : words.includes("video") ? "video" : "file";
}

const isText = (part: Part): boolean => part.mime_type === "text/plain" || part.mime_type === "application/json";

/** The whole of a text of which only the beginning is kept with the span. */
function LongText({ part }: { part: Part }) {
  const project = useProject();
  const [open, setOpen] = useState(false);
  const address = `/api/v1/projects/${encodeURIComponent(project.id)}/media/${encodeURIComponent(part.media_id)}`;
  const whole = useQuery({
    queryKey: [...keys.project(project.id), "media", part.media_id],
    queryFn: async () => {
      const answer = await fetch(address);
      if (!answer.ok) throw new ApiError(answer.status, "not_found", "The whole text is not there any more.", "It may have been deleted.");
      return answer.text();
    },
    enabled: open,
    staleTime: Infinity,
  });
  return (
    <div className={styles.media}>
      <Button size="sm" variant="ghost" aria-expanded={open} busy={open && whole.isPending} icon={<FileText />} onClick={() => setOpen(!open)}>
        {open ? "Hide the whole text" : `Show the whole text (${part.label})`}
      </Button>
      {open && whole.error ? <p className={styles.label}>{describeError(whole.error)}</p> : null}
      {open && whole.data !== undefined ? <Code code={prettyJson(whole.data) ?? whole.data} language={part.mime_type === "application/json" ? "json" : "text"} wrap maxHeight={520} /> : null}
    </div>
  );
}

/** An image, a sound or a file. What lies here is shown; what lies elsewhere is loaded only when somebody asks for it. */
export function Media({ part }: { part: Part }) {
  const project = useProject();
  const [wanted, setWanted] = useState(false);
  if (part.media_id && isText(part)) return <LongText part={part} />;
  const kind = kindOf(part);
  const Icon = KINDS[kind];
  const local = part.media_id ? `/api/v1/projects/${encodeURIComponent(project.id)}/media/${encodeURIComponent(part.media_id)}` : "";
  const address = local || part.url;
  return (
    <figure className={styles.media}>
      {address && (local || wanted) ? <Shown kind={kind} address={address} label={part.label} /> : null}
      <figcaption>
        <Icon aria-hidden />
        <span>{kind}</span>
        <span className={styles.label}>{part.label}</span>
        {part.url && !local && !wanted ? (
          <Button size="sm" variant="ghost" icon={<Eye />} title={`Loads ${part.url}; its owner learns that you looked`} onClick={() => setWanted(true)}>
            Load from {hostOf(part.url)}
          </Button>
        ) : null}
      </figcaption>
    </figure>
  );
}

function Shown({ kind, address, label }: { kind: Kind; address: string; label: string }) {
  const [failed, setFailed] = useState(false);
  if (failed) return <p className={styles.label}>It cannot be shown: it was deleted, or is not what it says.</p>;
  const onError = () => setFailed(true);
  switch (kind) {
    case "image":
      return <img src={address} alt={label} loading="lazy" referrerPolicy="no-referrer" onError={onError} />;
    case "audio":
      return <audio controls src={address} preload="none" onError={onError} aria-label={label} />;
    case "video":
      return <video controls src={address} preload="none" onError={onError} aria-label={label} />;
    case "file":
      return (
        <a href={address} download rel="noreferrer">
          Download
        </a>
      );
  }
}

function hostOf(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return "elsewhere";
  }
}
