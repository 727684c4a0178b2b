"""MLflow's tracing client, which exports over OTLP when an endpoint for traces is set."""

import sys

import mlflow
from calls import ask_openai

mlflow.openai.autolog()


@mlflow.trace(name="guide", span_type="AGENT")
def guide(url: str) -> None:
    """Ask a model of OpenAI."""
    ask_openai(url)


guide(sys.argv[1])
mlflow.flush_trace_async_logging()
