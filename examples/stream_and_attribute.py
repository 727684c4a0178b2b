"""Stream an answer, and say whom and what it was for: every number in the console can be cut by it."""

from openai import OpenAI

client = OpenAI()

stream = client.chat.completions.create(
    model="local/smollm2",
    messages=[{"role": "user", "content": "Name three small things that steer large ones."}],
    max_tokens=60,
    stream=True,
    stream_options={"include_usage": True},
    extra_headers={"x-trimtab-feature": "onboarding", "x-trimtab-user": "ada", "x-trimtab-session": "s-1"},
)
for chunk in stream:
    if chunk.choices:
        print(chunk.choices[0].delta.content or "", end="", flush=True)
    if chunk.usage:
        print(f"\n{chunk.usage.prompt_tokens} tokens in, {chunk.usage.completion_tokens} out")
