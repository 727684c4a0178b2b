/** The first call to the gateway as code to copy: a model by its name, so that nothing else has to be there. Pure. */

export interface Target {
  gatewayUrl: string;
  /** `provider/model`, or an alias. */
  model: string;
}

export function pythonSnippet({ gatewayUrl, model }: Target): string {
  return `from openai import OpenAI

client = OpenAI(base_url="${gatewayUrl}/v1", api_key="tt_…")
answer = client.chat.completions.create(
    model="${model}",
    messages=[{"role": "user", "content": "Say hello."}],
)
print(answer.choices[0].message.content)`;
}

export function curlSnippet({ gatewayUrl, model }: Target): string {
  return `curl ${gatewayUrl}/v1/chat/completions \\
  -H "Authorization: Bearer tt_…" \\
  -H "Content-Type: application/json" \\
  -d '{"model": "${model}", "messages": [{"role": "user", "content": "Say hello."}]}'`;
}
