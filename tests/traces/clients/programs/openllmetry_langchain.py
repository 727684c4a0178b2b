"""OpenLLMetry's instrumentation of LangChain, and that of openai beneath it."""

import sys

from langchain_chain import ask_in_a_chain
from opentelemetry.instrumentation.langchain import LangchainInstrumentor
from opentelemetry.instrumentation.openai import OpenAIInstrumentor
from telemetry import start

provider = start()
OpenAIInstrumentor().instrument(tracer_provider=provider)
LangchainInstrumentor().instrument(tracer_provider=provider)
ask_in_a_chain(sys.argv[1])
provider.shutdown()
