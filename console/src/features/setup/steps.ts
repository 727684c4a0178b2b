/** Which of the first steps are done, and which one is next. */

export type Step = "done" | "open";

export interface Steps {
  provider: Step;
  prompt: Step;
  call: Step;
}

/** Each step by what is known; a call by the user counts, a sample does not. */
export function stepsOf(known: { hasProvider: boolean; isReleased: boolean; hasCall: boolean }): Steps {
  const step = (isDone: boolean): Step => (isDone ? "done" : "open");
  return { provider: step(known.hasProvider), prompt: step(known.isReleased), call: step(known.hasCall) };
}

/** The first step that is open, or null when all are done. */
export function currentStep(steps: Steps): keyof Steps | null {
  return (["provider", "prompt", "call"] as const).find((name) => steps[name] === "open") ?? null;
}
