import { describe, expect, it } from "vitest";

import { faultsOf, formFor, formOf, readHeaders, readModels, toChange, toCreate } from "./provider";
import type { Kind, Provider } from "./queries";

const openai: Kind = {
  kind: "openai",
  title: "OpenAI",
  base_url: "https://api.openai.com/v1",
  needs_base_url: false,
  needs_secret: true,
  secret_hint: "",
  docs_note: "",
};
const saved: Provider = {
  id: "prv",
  name: "openai",
  kind: "openai",
  base_url: "https://api.openai.com/v1",
  has_secret: true,
  secret_hint: "abcd",
  headers: { "x-team": "care" },
  keep_alive: true,
  models: ["gpt-5"],
  created_at: "2026-01-01T00:00:00Z",
  updated_at: "2026-01-01T00:00:00Z",
};

it("begins with a name that is free", () => {
  expect(formFor(openai, []).name).toBe("openai");
  expect(formFor(openai, ["openai", "openai-2"]).name).toBe("openai-3");
  expect(formFor({ ...openai, kind: "azure_openai" }, []).name).toBe("azure-openai");
});

describe("faultsOf", () => {
  const form = { ...formFor(openai, []), secret: "sk-x" };

  it("accepts a form with what its kind needs", () => {
    expect(faultsOf(form, openai, null, [])).toEqual({});
  });

  it("insists on a key, an address and a free name where they are needed", () => {
    const faults = faultsOf({ ...form, secret: "" }, { ...openai, needs_base_url: true }, null, ["openai"]);
    expect(Object.keys(faults).sort()).toEqual(["baseUrl", "name", "secret"]);
  });

  it("lets a saved provider keep the key that nobody can see", () => {
    expect(faultsOf(formOf(saved), openai, saved, ["openai"])).toEqual({});
  });

  it("asks for the key again when the address is another server's", () => {
    expect(faultsOf({ ...formOf(saved), baseUrl: "https://api.openai.com/v2" }, openai, saved, [])).toEqual({});
    expect(Object.keys(faultsOf({ ...formOf(saved), baseUrl: "https://elsewhere.example/v1" }, openai, saved, []))).toEqual(["secret"]);
  });

  it("refuses an address that is no URL and headers that are none", () => {
    expect(Object.keys(faultsOf({ ...form, baseUrl: "localhost:1", headers: "x" }, openai, null, []))).toEqual(["baseUrl", "headers"]);
  });
});

it("reads models by line, comma or space, each once", () => {
  expect(readModels("gpt-5, gpt-5-mini\ngpt-5  o4")).toEqual(["gpt-5", "gpt-5-mini", "o4"]);
});

it("reads headers, values with colons too", () => {
  expect(readHeaders("x-a: 1\n\nX-B: http://h:1")).toEqual({ "x-a": "1", "X-B": "http://h:1" });
  expect(readHeaders(": 1")).toBeNull();
});

it("does not touch the key unless one was typed", () => {
  expect("secret" in toChange(formOf(saved))).toBe(false);
  expect(toChange({ ...formOf(saved), secret: " new " }).secret).toBe("new");
  expect(toCreate(formOf(saved)).headers).toEqual({ "x-team": "care" });
});
