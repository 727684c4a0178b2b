/** The query cache: what is retried, and what happens when the session ends. */

import { MutationCache, QueryCache, QueryClient } from "@tanstack/react-query";

import { ApiError } from "@/api/error";
import { keys } from "@/api/keys";

const isOurFault = (error: unknown): boolean => error instanceof ApiError && error.status >= 400 && error.status < 500;

/** A 401 on any call means that the session is over: forget it, and the layout leads to the sign-in page. */
function endSession(error: unknown): void {
  if (error instanceof ApiError && error.status === 401) queries.setQueryData(keys.session, null);
}

export const queries: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: endSession }),
  mutationCache: new MutationCache({
    onError: (error, _variables, _context, mutation) => {
      if (mutation.options.mutationKey?.[0] !== "sign-in") endSession(error);
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (failures, error) => failures < 2 && !isOurFault(error),
      refetchOnWindowFocus: true,
    },
  },
});
