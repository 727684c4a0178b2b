/** The first call to the gateway as code to copy. Pure. */

export interface Target {
  gatewayUrl: string;
  /** A prompt that is released, to be called by name. */
  prompt: string | null;
  /** A model that the project can call, as `provider/model`. */
  model: string | null;
}

const modelOf = ({ prompt, model }: Target): string => (prompt ? `prompt:${prompt}` : (model ?? "openai/gpt-5-mini"));

export function pythonSnippet(target: Target): string {
  return `from openai import OpenAI

client = OpenAI(base_url="${target.gatewayUrl}/v1", api_key="tt_…")
answer = client.chat.completions.create(
    model="${modelOf(target)}",
    messages=[{"role": "user", "content": "Say hello."}],
)
print(answer.choices[0].message.content)`;
}

export function curlSnippet(target: Target): string {
  return `curl ${target.gatewayUrl}/v1/chat/completions \\
  -H "Authorization: Bearer $TRIMTAB_API_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{"model": "${modelOf(target)}", "messages": [{"role": "user", "content": "Say hello."}]}'`;
}
