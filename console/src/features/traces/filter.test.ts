import { describe, expect, it } from "vitest";

import { filterText, isFiltered, NO_FILTER, queryChanges, readFilter } from "./filter";

const read = (query: string) => readFilter(new URLSearchParams(query));

describe("a filter", () => {
  it("comes from the address and leaves alone what is not a condition", () => {
    expect(read("filter=cost+%3E+1&range=1h&tab=cost&group=model")).toEqual({ query: "cost > 1", environment: null });
  });

  it("takes up the single conditions of links from other pages", () => {
    expect(read("status=error&model=openai/gpt-5&min_duration_ms=250&sample=false&q=refund&filter=user+%3D+a+or+user+%3D+b").query).toBe(
      '(user = a or user = b) and status = error and model = "openai/gpt-5" and duration >= 250ms and not sample and "refund"',
    );
  });

  it.each(["min_duration_ms=soon", "min_duration_ms=-1", "sample=maybe", "q=+"])("leaves out what says nothing: %s", (query) => {
    expect(isFiltered(read(query))).toBe(false);
  });

  it("searches for an id as an id", () => {
    const id = "0123456789abcdef".repeat(2);
    expect(read(`q=${id}`).query).toBe(id);
  });

  it("is one query in the address once it was changed", () => {
    const search = new URLSearchParams("model=a&environment=staging");
    for (const [name, value] of Object.entries(queryChanges("error"))) {
      if (value === null) search.delete(name);
      else search.set(name, value);
    }
    expect(search.toString()).toBe("environment=staging&filter=error");
  });

  it("can be taken away as a whole", () => {
    const search = new URLSearchParams("filter=error&status=ok&q=x&environment=staging&min_duration_ms=5&sample=true&session=s");
    for (const name of Object.keys(NO_FILTER)) search.delete(name);
    expect(search.toString()).toBe("");
  });

  it("goes to the API with the environment", () => {
    expect(filterText(read("filter=error+or+tool&environment=staging"))).toBe('(error or tool) and environment = "staging"');
  });
});
