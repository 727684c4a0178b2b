import { AudioLines, Eye, File, Image as ImageIcon, Video } from "lucide-react";
import { useState } from "react";

import { useProject } from "@/api/session";
import { Button } from "@/design/Button";

import styles from "./Media.module.css";
import type { Message } from "./queries";

type Part = Message["parts"][number];

const KINDS = { image: ImageIcon, audio: AudioLines, video: Video, file: File } as const;
type Kind = keyof typeof KINDS;

/** What kind of medium a part is, by the words of any dialect: `image_url`, `input_audio`, `image/png`. */
export function kindOf(part: Pick<Part, "type" | "mime_type">): Kind {
  const words = `${part.mime_type} ${part.type}`.toLowerCase();
  return words.includes("image") ? "image" : words.includes("audio") ? "audio" : words.includes("video") ? "video" : "file";
}

/** An image, a sound or a file. What lies here is shown; what lies elsewhere is loaded only when somebody asks for it. */
export function Media({ part }: { part: Part }) {
  const project = useProject();
  const [wanted, setWanted] = useState(false);
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
