/** Short names for shapes in the API document. Nothing here is written by hand twice: each is looked up by its route. */

import type { paths } from "./schema";

type Method = "get" | "put" | "post" | "patch" | "delete";

type Success<Responses> = Responses extends { 200: { content: { "application/json": infer Body } } }
  ? Body
  : Responses extends { 201: { content: { "application/json": infer Body } } }
    ? Body
    : never;

/** The body of a successful answer of a route. */
export type Answer<Path extends keyof paths, Verb extends Method = "get"> = paths[Path] extends {
  [verb in Verb]: { responses: infer Responses };
}
  ? Success<Responses>
  : never;

/** The body that a route takes. */
export type Body<Path extends keyof paths, Verb extends Method = "post"> = paths[Path] extends {
  [verb in Verb]: { requestBody: { content: { "application/json": infer Content } } };
}
  ? Content
  : never;

/** One item of a route that answers with a list. */
export type Item<Path extends keyof paths> = Answer<Path> extends { items: (infer Element)[] } ? Element : never;

export type Session = Answer<"/api/v1/auth/session">;
export type ProjectRef = Session["projects"][number];
export type Right = Session["rights"][number];
