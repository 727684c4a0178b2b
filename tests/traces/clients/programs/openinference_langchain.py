"""OpenInference's instrumentation of LangChain."""

import sys

from langchain_chain import ask_in_a_chain
from openinference.instrumentation.langchain import LangChainInstrumentor
from telemetry import start

provider = start()
LangChainInstrumentor().instrument(tracer_provider=provider)
ask_in_a_chain(sys.argv[1])
provider.shutdown()
