import { describe, expect, it } from "vitest";

import { describe as words, filterQuery, NO_FILTER, readFilter } from "./filter";

const read = (query: string) => readFilter(new URLSearchParams(query));

describe("a filter", () => {
  it("comes from the address and leaves alone what is not a condition", () => {
    expect(read("status=error&model=openai/gpt-5&range=1h&tab=cost&q=")).toEqual({ status: "error", model: "openai/gpt-5" });
  });

  it("goes to the API with its types", () => {
    expect(filterQuery(read("min_duration_ms=250&sample=false&q=refund&user=u1"))).toEqual({
      min_duration_ms: 250,
      sample: false,
      q: "refund",
      user: "u1",
    });
  });

  it.each(["status=broken", "min_duration_ms=soon", "min_duration_ms=-1", "sample=maybe"])("leaves out what the API would refuse: %s", (query) => {
    expect(filterQuery(read(query))).toEqual({});
  });

  it("can be taken away as a whole", () => {
    const filter = read("status=ok&model=m&prompt=p&feature=f&environment=e&provider=v&user=u&session=s&min_duration_ms=1&sample=true&q=x");
    expect(Object.keys(NO_FILTER).sort()).toEqual(Object.keys(filter).sort());
  });

  it("has words for its chips", () => {
    expect(words("sample", "false")).toBe("without samples");
    expect(words("min_duration_ms", "250")).toBe("at least 250 ms");
  });
});
