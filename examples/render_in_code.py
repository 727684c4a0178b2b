"""Take a released prompt into your own code: fetched once, kept, and rendered without a request."""

from openai import OpenAI

import trimtab

prompt = trimtab.prompt("support/answer")
rendered = prompt.render(product="Trimtab", question="What is a trace?")

answer = OpenAI().chat.completions.create(**rendered.openai())
print(answer.choices[0].message.content)
