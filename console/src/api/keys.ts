/** The names of everything in the query cache. A write invalidates by prefix: `keys.prompts(id)` covers all prompts. */

export const keys = {
  session: ["session"],
  organisation: ["organisation"],
  members: ["members"],
  organisationAudit: ["audit"],
  providerKinds: ["provider-kinds"],
  project: (project: string) => ["project", project],
  environments: (project: string) => ["project", project, "environments"],
  setup: (project: string) => ["project", project, "setup"],
  overview: (project: string) => ["project", project, "overview"],
  traces: (project: string) => ["project", project, "traces"],
  trace: (project: string, trace: string) => ["project", project, "trace", trace],
  prompts: (project: string) => ["project", project, "prompts"],
  prompt: (project: string, prompt: string) => ["project", project, "prompts", prompt],
  versions: (project: string, prompt: string) => ["project", project, "prompts", prompt, "versions"],
  releases: (project: string) => ["project", project, "releases"],
  providers: (project: string) => ["project", project, "providers"],
  aliases: (project: string) => ["project", project, "aliases"],
  models: (project: string) => ["project", project, "models"],
  apiKeys: (project: string) => ["project", project, "api-keys"],
  audit: (project: string) => ["project", project, "audit"],
} as const;
