"""An agent of Pydantic AI with its own instrumentation."""

import sys

from pydantic_ai import Agent
from pydantic_ai.models.instrumented import InstrumentationSettings
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider
from telemetry import start

provider = start()
Agent.instrument_all(InstrumentationSettings(tracer_provider=provider))
model = OpenAIChatModel("gpt-4o", provider=OpenAIProvider(base_url=f"{sys.argv[1]}/v1", api_key="none"))
Agent(model, name="guide").run_sync("Where is Oslo?")
provider.shutdown()
