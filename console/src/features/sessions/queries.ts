/** Sessions, their turns, and users, page by page. */

import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";

import { api, unwrap } from "@/api/client";
import { keys } from "@/api/keys";
import { useProject } from "@/api/session";
import type { Item } from "@/api/types";
import { bounds, rangeQuery, type Range } from "@/design/range";

const SESSIONS = "/api/v1/projects/{project_id}/sessions";
const TURNS = "/api/v1/projects/{project_id}/session-turns";
const USERS = "/api/v1/projects/{project_id}/users";

export type SessionRow = Item<typeof SESSIONS>;
export type UserRow = Item<typeof USERS>;
export type Turn = Item<typeof TURNS>;

const PAGE = 50;

interface Times {
  from: string;
  to: string;
}

/** Where the next page begins. It keeps the bounds of the first, so that a range that ends now does not shift under it. */
type Next = (Times & { cursor: string }) | null;

interface Answered<Row> {
  items: Row[];
  next: string | null;
}

function usePages<Row>(key: readonly unknown[], range: Range, ask: (query: Times & { cursor?: string; limit: number }) => Promise<Answered<Row>>) {
  return useInfiniteQuery({
    queryKey: [...key, rangeQuery(range)],
    initialPageParam: null as Next,
    queryFn: async ({ pageParam }) => {
      const { from, to } = bounds(range, new Date());
      const times = pageParam ? { from: pageParam.from, to: pageParam.to } : { from: from.toISOString(), to: to.toISOString() };
      const answer = await ask({ ...times, limit: PAGE, ...(pageParam ? { cursor: pageParam.cursor } : {}) });
      return { items: answer.items, next: answer.next ? { cursor: answer.next, ...times } : null };
    },
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
  });
}

/** The sessions that have calls which match, the newest first. */
export function useSessions(range: Range, filter: string) {
  const project = useProject();
  return usePages<SessionRow>([...keys.traces(project.id), "sessions", filter], range, (query) =>
    unwrap(api.GET(SESSIONS, { params: { path: { project_id: project.id }, query: { ...query, filter } } })),
  );
}

/** The users who have calls which match, the newest first. */
export function useUsers(range: Range, filter: string) {
  const project = useProject();
  return usePages<UserRow>([...keys.traces(project.id), "users", filter], range, (query) =>
    unwrap(api.GET(USERS, { params: { path: { project_id: project.id }, query: { ...query, filter } } })),
  );
}

/** What was said in a session, oldest first. */
export function useTurns(range: Range, session: string) {
  const project = useProject();
  return usePages<Turn>([...keys.traces(project.id), "turns", session], range, (query) =>
    unwrap(api.GET(TURNS, { params: { path: { project_id: project.id }, query: { ...query, session } } })),
  );
}

/** One session with its sums; undefined until they are known. */
export function useSession(range: Range, session: string): SessionRow | undefined {
  const found = useSessions(range, `session = ${JSON.stringify(session)}`);
  return found.data?.pages[0]?.items[0];
}
