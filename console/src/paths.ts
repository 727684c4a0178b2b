/**
 * Every address of the console, built in one place. `routes.tsx` matches the same patterns; nothing else writes a path.
 * View state (range, environment, filters, tabs) goes into the query string, not here.
 */

export const patterns = {
  home: "/",
  signIn: "/sign-in",
  account: "/account",
  members: "/members",
  organisationAudit: "/audit",
  organisationSettings: "/settings",
  project: "/projects/:project",
  setup: "setup",
  traces: "traces",
  trace: "traces/:trace",
  sessions: "sessions",
  session: "sessions/:session",
  users: "users",
  telemetry: "telemetry",
  privacy: "privacy",
  dashboards: "dashboards",
  dashboard: "dashboards/:dashboard",
  costs: "costs",
  prompts: "prompts",
  prompt: "prompts/:prompt",
  releases: "releases",
  providers: "providers",
  keys: "keys",
  audit: "audit",
  settings: "settings",
} as const;

type Query = Record<string, string | number | null | undefined>;

/** Adds a query string; what is null, undefined or empty is left out. */
export function withQuery(path: string, query: Query): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") search.set(name, String(value));
  }
  const text = search.toString();
  return text ? `${path}?${text}` : path;
}

const inProject = (project: string, ...parts: string[]): string =>
  ["/projects", encodeURIComponent(project), ...parts.map(encodeURIComponent)].join("/");

/** `project` is the project's slug, ids are those of the API. */
export const paths = {
  home: () => "/",
  signIn: (next?: string) => withQuery("/sign-in", { next }),
  account: () => "/account",
  members: () => "/members",
  organisationAudit: () => "/audit",
  organisationSettings: () => "/settings",
  overview: (project: string) => inProject(project),
  setup: (project: string) => inProject(project, "setup"),
  traces: (project: string, query: Query = {}) => withQuery(inProject(project, "traces"), query),
  trace: (project: string, trace: string, query: Query = {}) => withQuery(inProject(project, "traces", trace), query),
  costs: (project: string, query: Query = {}) => withQuery(inProject(project, "costs"), query),
  dashboards: (project: string, query: Query = {}) => withQuery(inProject(project, "dashboards"), query),
  dashboard: (project: string, dashboard: string, query: Query = {}) => withQuery(inProject(project, "dashboards", dashboard), query),
  sessions: (project: string, query: Query = {}) => withQuery(inProject(project, "sessions"), query),
  session: (project: string, session: string) => inProject(project, "sessions", session),
  users: (project: string, query: Query = {}) => withQuery(inProject(project, "users"), query),
  privacy: (project: string, query: Query = {}) => withQuery(inProject(project, "privacy"), query),
  telemetry: (project: string, query: Query = {}) => withQuery(inProject(project, "telemetry"), query),
  prompts: (project: string, query: Query = {}) => withQuery(inProject(project, "prompts"), query),
  newPrompt: (project: string) => withQuery(inProject(project, "prompts"), { new: "prompt" }),
  prompt: (project: string, prompt: string, query: Query = {}) => withQuery(inProject(project, "prompts", prompt), query),
  releases: (project: string, query: Query = {}) => withQuery(inProject(project, "releases"), query),
  providers: (project: string) => inProject(project, "providers"),
  keys: (project: string) => inProject(project, "keys"),
  audit: (project: string) => inProject(project, "audit"),
  settings: (project: string) => inProject(project, "settings"),
};
