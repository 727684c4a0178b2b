import { matchRoutes } from "react-router";
import { describe, expect, it } from "vitest";

import { paths, patterns, withQuery } from "./paths";

const inProject = Object.values(patterns).filter((pattern) => !pattern.startsWith("/"));
const table = [
  ...Object.values(patterns)
    .filter((pattern) => pattern.startsWith("/"))
    .map((path) => ({ path })),
  { path: patterns.project, children: inProject.map((path) => ({ path })) },
];

/** The pattern that an address leads to, with its parameters. */
function matched(address: string) {
  const match = matchRoutes(table, new URL(address, "http://console.invalid").pathname)?.at(-1);
  return match ? { pattern: match.route.path, params: match.params } : null;
}

describe("paths", () => {
  it.each([
    [paths.overview("shop"), patterns.project],
    [paths.traces("shop", { status: "error" }), patterns.traces],
    [paths.sessions("shop"), patterns.sessions],
    [paths.session("shop", "a/b c"), patterns.session],
    [paths.users("shop"), patterns.users],
    [paths.telemetry("shop", { tab: "policy" }), patterns.telemetry],
    [paths.trace("shop", "abc"), patterns.trace],
    [paths.costs("shop", { tab: "unpriced" }), patterns.costs],
    [paths.newPrompt("shop"), patterns.prompts],
    [paths.prompt("shop", "p1", { version: 2 }), patterns.prompt],
    [paths.releases("shop"), patterns.releases],
    [paths.providers("shop"), patterns.providers],
    [paths.keys("shop"), patterns.keys],
    [paths.audit("shop"), patterns.audit],
    [paths.settings("shop"), patterns.settings],
    [paths.setup("shop"), patterns.setup],
    [paths.members(), patterns.members],
    [paths.account(), patterns.account],
    [paths.organisationSettings(), patterns.organisationSettings],
    [paths.signIn("/projects/shop"), patterns.signIn],
  ])("%s leads to the route %s", (address, pattern) => {
    expect(matched(address)?.pattern).toBe(pattern);
  });

  it("survives names with signs that mean something in an address", () => {
    expect(matched(paths.trace("a/b ?#", "x y"))?.params).toEqual({ project: "a/b ?#", trace: "x y" });
  });

  it("leaves out what is not asked for", () => {
    expect(withQuery("/a", { q: "", model: null, version: 0, user: undefined, tag: "a&b" })).toBe("/a?version=0&tag=a%26b");
  });
});
