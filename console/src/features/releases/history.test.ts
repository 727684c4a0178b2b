import { describe, expect, it } from "vitest";

import { differences, listed, liveIn, targetsOf } from "./history";
import type { Release } from "./queries";

function release(id: string, part: Partial<Release> = {}): Release {
  return {
    id,
    prompt_id: "prm",
    prompt_name: "support/answer",
    environment: "production",
    version: 1,
    arm: "main",
    model: "openai/gpt-5",
    parameters: {},
    overridable: [],
    action: "release",
    note: "",
    author: { kind: "user", id: "usr", name: "Ada" },
    created_at: "2026-01-01T00:00:00Z",
    is_live: false,
    previous_id: null,
    restores_id: null,
    warnings: [],
    ...part,
  };
}

const live = release("r4", { version: 3, is_live: true, previous_id: "r3" });
const history = [
  live,
  release("r3", { version: 2, action: "rollback" }),
  release("s1", { environment: "staging", version: 9, is_live: true }),
  release("r2", { version: 3 }),
  release("r1", { version: 2 }),
  release("r0", { version: 1 }),
];

it("finds what is live in an environment", () => {
  expect(liveIn(history, "staging")?.id).toBe("s1");
  expect(liveIn(history, "development")).toBeNull();
});

describe("targetsOf", () => {
  it("goes further back after a roll back, not to what was left", () => {
    const back = release("r4", { version: 2, action: "rollback", is_live: true, previous_id: "r3", restores_id: "r2" });
    const releases = [
      back,
      release("r3", { version: 3, previous_id: "r2" }),
      release("r2", { version: 2, previous_id: "r1" }),
      release("r1", { version: 1 }),
    ];
    expect(targetsOf(releases, back).map((target) => target.id)).toEqual(["r1", "r3"]);
  });

  it("offers each earlier content of the environment once, the previous one first", () => {
    expect(targetsOf(history, live).map((target) => target.id)).toEqual(["r3", "r0"]);
  });

  it("leaves out what says the same as the live one", () => {
    expect(targetsOf([live, release("r2", { version: 3 })], live)).toEqual([]);
  });
});

describe("differences", () => {
  it("lists what changes for callers and nothing else", () => {
    const after = release("n", { version: 2, parameters: { temperature: 0 }, overridable: ["seed"] });
    expect(differences(release("o", { parameters: { temperature: 1 } }), after)).toEqual([
      { field: "version", before: "v1", after: "v2" },
      { field: "callers may set", before: "nothing", after: "seed" },
      { field: "temperature", before: "1", after: "0" },
    ]);
  });

  it("tells a parameter that is not set from one that is null", () => {
    expect(differences(release("o"), release("n", { parameters: { seed: null } }))).toEqual([
      { field: "seed", before: "not set", after: "null" },
    ]);
  });
});

it("says what callers may set", () => {
  expect(listed(["*", "seed"])).toBe("everything");
  expect(listed(["top_p", "seed"])).toBe("seed, top_p");
});
