/** Who is signed in, and to which project the address points. */

import { useMutation, useQuery, useQueryClient, useSuspenseQuery } from "@tanstack/react-query";
import { useParams } from "react-router";

import { api, rememberCsrfToken, unwrap } from "./client";
import { ApiError } from "./error";
import { keys } from "./keys";
import type { Body, ProjectRef, Session } from "./types";

async function fetchSession(): Promise<Session | null> {
  try {
    const session = await unwrap(api.GET("/api/v1/auth/session"));
    rememberCsrfToken(session.csrf_token);
    return session;
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return null;
    throw error;
  }
}

const sessionQuery = { queryKey: keys.session, queryFn: fetchSession, staleTime: 5 * 60_000 };

/** The session while it may still be unknown: null means nobody is signed in. */
export function useSessionQuery() {
  return useQuery(sessionQuery);
}

/** The session on a page that is shown only to somebody who is signed in. */
export function useSession(): Session {
  const { data } = useSuspenseQuery(sessionQuery);
  if (!data) throw new ApiError(401, "not_authenticated", "You are signed out.", "Sign in again.");
  return data;
}

/** Whether the person may do this, and if not, the words to put on the control. */
export function useRight(right: Session["rights"][number]): { allowed: boolean; reason: string | null } {
  const { rights, role } = useSession();
  const allowed = rights.includes(right);
  const deed = right === "admin" ? "administer" : right;
  return { allowed, reason: allowed ? null : `Your role (${role}) does not include the right to ${deed}.` };
}

/** The project of the address. Its slug goes into paths, its id into calls of the API. */
export function useProject(): ProjectRef {
  const { project: slug } = useParams();
  const project = useSession().projects.find((each) => each.slug === slug);
  if (!project) throw new ApiError(404, "not_found", `There is no project “${slug ?? ""}”.`, "It may have been renamed, or belong to someone else.");
  return project;
}

export function useSignIn() {
  const client = useQueryClient();
  return useMutation({
    mutationKey: ["sign-in"],
    mutationFn: (body: Body<"/api/v1/auth/login">) => unwrap(api.POST("/api/v1/auth/login", { body })),
    onSuccess: (session) => {
      rememberCsrfToken(session.csrf_token);
      client.setQueryData(keys.session, session);
    },
  });
}

export function useSignOut() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => unwrap(api.POST("/api/v1/auth/logout")),
    onSettled: () => {
      client.setQueryData(keys.session, null);
      client.removeQueries({ predicate: (query) => query.queryKey[0] !== keys.session[0] });
    },
  });
}
