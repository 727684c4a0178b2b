// An application of the Vercel AI SDK with telemetry switched on; where it goes, OpenTelemetry's variables say.

import { createOpenAI } from "@ai-sdk/openai";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { generateText } from "ai";

const EXPORTERS = {
  "http/json": "@opentelemetry/exporter-trace-otlp-http",
  "http/protobuf": "@opentelemetry/exporter-trace-otlp-proto",
};
const { OTLPTraceExporter } = await import(EXPORTERS[process.env.OTEL_EXPORTER_OTLP_PROTOCOL]);

const provider = new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())] });
provider.register();
const openai = createOpenAI({ baseURL: `${process.argv[2]}/v1`, apiKey: "none" });
await generateText({
  model: openai.chat("gpt-4o"),
  prompt: "Where is Oslo?",
  experimental_telemetry: { isEnabled: true, functionId: "guide", metadata: { userId: "user-7", sessionId: "session-7" } },
});
await provider.shutdown();
