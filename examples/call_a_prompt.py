"""Call a released prompt by name. Who wrote it, which version serves and on which model is decided in the console."""

from openai import OpenAI

client = OpenAI()

answer = client.chat.completions.create(
    model="prompt:support/answer",
    messages=[],
    metadata={"product": "Trimtab", "question": "How do I roll back a release?"},
)
print(answer.choices[0].message.content)
