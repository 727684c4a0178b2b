/** The one way to the server: typed by the API document, with the CSRF token on every unsafe call. */

import createClient, { type Middleware } from "openapi-fetch";

import { ApiError, errorFrom } from "./error";
import type { paths } from "./schema";

const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);
let csrfToken = "";

/** Keeps the token that the session came with; every later write carries it. */
export function rememberCsrfToken(token: string): void {
  csrfToken = token;
}

const csrf: Middleware = {
  onRequest({ request }) {
    if (!SAFE.has(request.method) && csrfToken) request.headers.set("X-CSRF-Token", csrfToken);
    return request;
  },
  onError() {
    return new ApiError(0, "unreachable", "The server does not answer.", "Check that it is running, then try again.");
  },
};

export const api = createClient<paths>({ baseUrl: "/", credentials: "same-origin" });
api.use(csrf);

interface Answer<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

/** Returns what the server answered, or throws the `ApiError` that it answered with. */
export async function unwrap<Data>(call: Promise<Answer<Data>>): Promise<Data> {
  const { data, error, response } = await call;
  if (!response.ok) throw errorFrom(response.status, error);
  return data as Data;
}
