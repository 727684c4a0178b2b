"""Langfuse's SDK, with its wrapper of openai beneath an agent."""

import os
import sys

from langfuse import Langfuse, propagate_attributes
from langfuse.openai import OpenAI

client = Langfuse(
    public_key="pk-lf-1",
    secret_key=os.environ["TRIMTAB_KEY"],
    base_url=os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"],
    environment="staging",
)
with (
    client.start_as_current_observation(name="guide", as_type="agent"),
    propagate_attributes(user_id="user-7", session_id="session-7"),
):
    OpenAI(base_url=f"{sys.argv[1]}/v1", api_key="none").chat.completions.create(
        model="gpt-4o", messages=[{"role": "user", "content": "Where is Oslo?"}]
    )
client.flush()
client.shutdown()
