"""From an answer to its trace: the response headers name it, and the API tells what it took and what it cost."""

import json
import os
import time
import urllib.request

from openai import OpenAI

raw = OpenAI().chat.completions.with_raw_response.create(
    model="prompt:support/answer",
    messages=[],
    metadata={"product": "Trimtab", "question": "What is a trace?"},
)
trace_id = raw.headers["x-trimtab-trace-id"]


def get(path: str) -> dict:
    request = urllib.request.Request(
        f"{os.environ['TRIMTAB_URL']}/api/v1{path}",
        headers={"Authorization": f"Bearer {os.environ['TRIMTAB_API_KEY']}"},
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


project = get("/projects")["items"][0]["id"]
time.sleep(2)  # a call is there within two seconds
trace = get(f"/projects/{project}/traces/{trace_id}")["trace"]
cost = "unpriced" if trace["cost_usd"] is None else f"${trace['cost_usd']}"
print(f"{trace['name']}: {trace['duration_ms']:.0f} ms, {trace['output_tokens']} tokens out, {cost}")
