import { Badge } from "@/design/Badge";

interface LiveBadgeProps {
  environment: string;
  version: number;
  title?: string;
}

/** An environment and the version that is live in it. Production stands out: mistakes there are seen by customers. */
export function LiveBadge({ environment, version, title }: LiveBadgeProps) {
  return (
    <Badge tone={environment === "production" ? "ok" : "neutral"} dot title={title}>
      {environment} v{version}
    </Badge>
  );
}
