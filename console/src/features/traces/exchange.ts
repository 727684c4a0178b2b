/** How the messages of a call are put together to be read: a tool's result with the call that asked for it. Pure. */

import type { Message } from "./queries";

export interface Said {
  message: Message;
  /** What the tools answered that this message called, by the id of the call. */
  results: ReadonlyMap<string, Message>;
}

/** The messages in order, without the results that stand with their calls. A result that no call asked for stays. */
export function exchanges(messages: readonly Message[]): Said[] {
  const asked = new Map<string, number>();
  messages.forEach((message, index) => {
    for (const call of message.tool_calls) if (call.id) asked.set(call.id, index);
  });
  const results = new Map<number, Map<string, Message>>();
  const placed = new Set<number>();
  messages.forEach((message, index) => {
    const at = asked.get(message.tool_call_id);
    if (!message.tool_call_id || at === undefined || at >= index) return;
    const known = results.get(at) ?? new Map<string, Message>();
    if (known.has(message.tool_call_id)) return;
    results.set(at, known.set(message.tool_call_id, message));
    placed.add(index);
  });
  return messages.flatMap((message, index) => (placed.has(index) ? [] : [{ message, results: results.get(index) ?? new Map<string, Message>() }]));
}
