import { Lock } from "lucide-react";
import type { ReactNode } from "react";

import { EmptyState } from "@/design/EmptyState";

interface NoRightProps {
  /** What cannot be seen. */
  title: string;
  /** Why not: the words of `useRight`. */
  reason: string;
  /** What the page is for, so that it is known whom to ask for what. */
  children?: ReactNode;
}

/** Stands in place of a page that the person has no right to see. */
export function NoRight({ title, reason, children }: NoRightProps) {
  return (
    <EmptyState icon={<Lock />} title={title}>
      <p>{reason} An owner or admin of the organisation can change that under Members.</p>
      {children}
    </EmptyState>
  );
}
