import { useProject } from "@/api/session";

import { AuditLog } from "./AuditLog";

/** Who changed what in the project. */
export function AuditPage() {
  const project = useProject();
  return <AuditLog key={project.id} project={project.id} />;
}

/** Who changed what in the whole organisation. */
export function OrganisationAuditPage() {
  return <AuditLog project={null} />;
}
