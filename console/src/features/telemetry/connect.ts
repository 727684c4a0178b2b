/** What an application's environment must say for its telemetry to come here, for each client that is known. Pure. */

export interface Doors {
  /** The server's address, without a slash at its end. */
  http: string;
  /** Where gRPC is listened to; null when on any free port. */
  grpcPort: number | null;
  /** The key, or what stands in for it. */
  key: string;
}

export interface Client {
  id: string;
  title: string;
  /** What else there is to know. */
  note?: string;
  lines: (doors: Doors) => [name: string, value: string][];
}

const bearer = (key: string) => `authorization=Bearer%20${key}`;
const otlp = ({ http, key }: Doors): [string, string][] => [
  ["OTEL_EXPORTER_OTLP_ENDPOINT", http],
  ["OTEL_EXPORTER_OTLP_HEADERS", bearer(key)],
];

export const CLIENTS: readonly Client[] = [
  {
    id: "opentelemetry",
    title: "OpenTelemetry",
    note: "For every SDK and instrumentation of OpenTelemetry, and for the Collector's otlphttp exporter: traces, logs and metrics.",
    lines: otlp,
  },
  {
    id: "grpc",
    title: "OpenTelemetry, gRPC",
    note: "The server says in its log when another program has the port.",
    lines: (doors) => [
      ["OTEL_EXPORTER_OTLP_ENDPOINT", `http://${new URL(doors.http).hostname}:${doors.grpcPort ?? 4317}`],
      ["OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"],
      ["OTEL_EXPORTER_OTLP_HEADERS", bearer(doors.key)],
    ],
  },
  {
    id: "phoenix",
    title: "OpenInference, Phoenix",
    note: "For phoenix.otel. Instrumentations of OpenInference with OpenTelemetry's own exporter take the first form.",
    lines: ({ http, key }) => [
      ["PHOENIX_COLLECTOR_ENDPOINT", http],
      ["PHOENIX_API_KEY", key],
    ],
  },
  {
    id: "openllmetry",
    title: "OpenLLMetry",
    lines: ({ http, key }) => [
      ["TRACELOOP_BASE_URL", http],
      ["TRACELOOP_HEADERS", bearer(key)],
    ],
  },
  {
    id: "langfuse",
    title: "Langfuse",
    note: "The public key may be anything; the key of Trimtab is the secret one.",
    lines: ({ http, key }) => [
      ["LANGFUSE_BASE_URL", http],
      ["LANGFUSE_PUBLIC_KEY", "pk-lf-trimtab"],
      ["LANGFUSE_SECRET_KEY", key],
    ],
  },
  {
    id: "vercel",
    title: "Vercel AI SDK, Node",
    note: "Start @opentelemetry/sdk-node in the application, and give generateText and its like telemetry: { isEnabled: true } (experimental_telemetry in older versions).",
    lines: otlp,
  },
  {
    id: "mlflow",
    title: "MLflow",
    note: "mlflow-tracing exports over OTLP when it is told an endpoint for traces, and that alone. Any HTTP address does as MLFLOW_TRACKING_URI.",
    lines: ({ http, key }) => [
      ["MLFLOW_TRACKING_URI", http],
      ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", `${http}/v1/traces`],
      ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf"],
      ["OTEL_EXPORTER_OTLP_TRACES_HEADERS", bearer(key)],
    ],
  },
  {
    id: "langsmith",
    title: "LangSmith, LangChain",
    lines: ({ http, key }) => [
      ["LANGSMITH_TRACING", "true"],
      ["LANGSMITH_OTEL_ENABLED", "true"],
      ["LANGSMITH_OTEL_ONLY", "true"],
      ["OTEL_EXPORTER_OTLP_ENDPOINT", `${http}/otel`],
      ["OTEL_EXPORTER_OTLP_HEADERS", `x-api-key=${key}`],
    ],
  },
  {
    id: "pydantic",
    title: "Pydantic AI, Logfire",
    lines: (doors) => [["LOGFIRE_SEND_TO_LOGFIRE", "false"], ...otlp(doors)],
  },
  {
    id: "litellm",
    title: "LiteLLM",
    note: 'With litellm.callbacks = ["otel"], or the same in the proxy\'s configuration.',
    lines: ({ http, key }) => [
      ["OTEL_EXPORTER", "otlp_http"],
      ["OTEL_ENDPOINT", `${http}/v1/traces`],
      ["OTEL_HEADERS", `authorization=Bearer ${key}`],
    ],
  },
];

/** The lines of a shell that set the client up. */
export function exportsOf(client: Client, doors: Doors): string {
  return client
    .lines(doors)
    .map(([name, value]) => `export ${name}=${/[\s"'$&]/.test(value) ? `"${value}"` : value}`)
    .join("\n");
}
