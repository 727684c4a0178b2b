/** Every page of the console, once. A page is loaded when it is first looked at. */

import type { RouteObject } from "react-router";

import { NotFound, RouteError } from "@/app/ErrorView";
import { Home, Layout } from "@/app/Layout";
import { PageSkeleton } from "@/app/PageSkeleton";
import { SignInPage } from "@/features/sign-in/SignInPage";
import { patterns } from "@/paths";

/** A route whose page comes in a chunk of its own. */
function page(path: string, load: () => Promise<React.ComponentType>): RouteObject {
  return { path, errorElement: <RouteError />, lazy: async () => ({ Component: await load() }) };
}

const inProject: RouteObject[] = [
  page("", async () => (await import("@/features/overview/OverviewPage")).OverviewPage),
  page(patterns.traces, async () => (await import("@/features/traces/TracesPage")).TracesPage),
  page(patterns.trace, async () => (await import("@/features/traces/TracePage")).TracePage),
  page(patterns.dashboards, async () => (await import("@/features/dashboards/DashboardsPage")).DashboardsPage),
  page(patterns.dashboard, async () => (await import("@/features/dashboards/DashboardPage")).DashboardPage),
  page(patterns.costs, async () => (await import("@/features/costs/CostsPage")).CostsPage),
  page(patterns.sessions, async () => (await import("@/features/sessions/SessionsPage")).SessionsPage),
  page(patterns.session, async () => (await import("@/features/sessions/SessionPage")).SessionPage),
  page(patterns.users, async () => (await import("@/features/sessions/UsersPage")).UsersPage),
  page(patterns.telemetry, async () => (await import("@/features/telemetry/TelemetryPage")).TelemetryPage),
  page(patterns.privacy, async () => (await import("@/features/privacy/PrivacyPage")).PrivacyPage),
  page(patterns.prompts, async () => (await import("@/features/prompts/PromptsPage")).PromptsPage),
  page(patterns.prompt, async () => (await import("@/features/prompts/PromptPage")).PromptPage),
  page(patterns.releases, async () => (await import("@/features/releases/ReleasesPage")).ReleasesPage),
  page(patterns.setup, async () => (await import("@/features/setup/SetupPage")).SetupPage),
  page(patterns.providers, async () => (await import("@/features/providers/ProvidersPage")).ProvidersPage),
  page(patterns.keys, async () => (await import("@/features/keys/KeysPage")).KeysPage),
  page(patterns.audit, async () => (await import("@/features/audit/AuditPage")).AuditPage),
  page(patterns.settings, async () => (await import("@/features/settings/SettingsPage")).SettingsPage),
];

const inOrganisation: RouteObject[] = [
  page(patterns.members, async () => (await import("@/features/members/MembersPage")).MembersPage),
  page(patterns.organisationAudit, async () => (await import("@/features/audit/AuditPage")).OrganisationAuditPage),
  page(patterns.organisationSettings, async () => (await import("@/features/settings/OrganisationSettingsPage")).OrganisationSettingsPage),
  page(patterns.account, async () => (await import("@/features/settings/AccountPage")).AccountPage),
];

export const routes: RouteObject[] = [
  { path: patterns.signIn, element: <SignInPage />, errorElement: <RouteError /> },
  {
    element: <Layout />,
    errorElement: <RouteError />,
    hydrateFallbackElement: <PageSkeleton />,
    children: [
      { path: patterns.home, element: <Home /> },
      { path: patterns.project, errorElement: <RouteError />, children: inProject },
      ...inOrganisation,
      { path: "*", element: <NotFound /> },
    ],
  },
];
