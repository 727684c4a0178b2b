import { describe, expect, it } from "vitest";

import { Address, withChanges } from "./address";

describe("withChanges", () => {
  it("sets, replaces and removes", () => {
    expect(withChanges("?range=1h&tab=a", { tab: "b", live: "off", range: null })).toBe("tab=b&live=off");
    expect(withChanges("?range=1h", { range: "" })).toBe("");
  });
});

/** An address that takes what it is told only when `settle` is called, and drops what was not taken before the next. */
function slowly(at: string) {
  let present = at;
  let settle: () => void = () => undefined;
  const went: { search: string; replace: boolean }[] = [];
  const address = new Address(() => present);
  const go = (search: string, how: { replace: boolean }) => {
    went.push({ search, ...how });
    return new Promise<void>((resolve) => {
      settle = () => {
        present = search;
        resolve();
      };
    });
  };
  return { address, go, went, settle: () => settle(), present: () => present, leave: (to: string) => (present = to) };
}

describe("Address", () => {
  it("keeps the first of two changes in one tick", async () => {
    const router = slowly("range=1h");
    void router.address.change({ live: "off" }, { replace: true }, router.go);
    const second = router.address.change({ by: "model" }, { replace: true }, router.go);
    router.settle();
    await second;
    expect(router.present()).toBe("range=1h&live=off&by=model");
  });

  it("adds an entry to the history when one of the changes asked for it", () => {
    const router = slowly("");
    void router.address.change({ group: "model" }, { replace: false }, router.go);
    void router.address.change({ live: "off" }, { replace: true }, router.go);
    expect(router.went.map((each) => each.replace)).toEqual([false, false]);
  });

  it("starts from the present address once the change was taken", async () => {
    const router = slowly("a=1");
    const first = router.address.change({ b: "2" }, { replace: true }, router.go);
    router.settle();
    await first;
    router.leave("c=3");
    void router.address.change({ d: "4" }, { replace: true }, router.go);
    expect(router.went.at(-1)?.search).toBe("c=3&d=4");
  });

  it("forgets a change that the router refused", async () => {
    const router = slowly("a=1");
    const refused = router.address.change({ b: "2" }, { replace: true }, () => Promise.reject(new Error("no")));
    await expect(refused).rejects.toThrow("no");
    void router.address.change({ c: "3" }, { replace: true }, router.go);
    expect(router.went.at(-1)?.search).toBe("a=1&c=3");
  });
});
