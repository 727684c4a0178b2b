import { describe, expect, it } from "vitest";

import { CLIENTS, exportsOf } from "./connect";

const doors = { http: "https://trimtab.example", grpcPort: 4317, key: "tt_secret" };
const of = (id: string) => CLIENTS.filter((each) => each.id === id).map((each) => exportsOf(each, doors)).join("");

describe("connecting a client", () => {
  it("takes two variables for OpenTelemetry", () => {
    expect(of("opentelemetry")).toBe(
      "export OTEL_EXPORTER_OTLP_ENDPOINT=https://trimtab.example\nexport OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20tt_secret",
    );
  });

  it("names the port of gRPC", () => {
    expect(of("grpc")).toContain("export OTEL_EXPORTER_OTLP_ENDPOINT=http://trimtab.example:4317\n");
  });

  it("quotes what a shell would take apart", () => {
    expect(of("litellm")).toContain('export OTEL_HEADERS="authorization=Bearer tt_secret"');
  });

  it.each(CLIENTS.map((each) => [each.title, each] as const))("puts the key into the lines of %s", (_, client) => {
    expect(exportsOf(client, doors)).toContain("tt_secret");
    expect(exportsOf(client, doors)).toMatch(/https?:\/\/trimtab\.example/);
  });
});
