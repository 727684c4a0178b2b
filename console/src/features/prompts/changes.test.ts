import { expect, it } from "vitest";

import { changesSince } from "./changes";
import { newVariable } from "./variable";

const before = {
  messages: [
    { role: "system", template: "Be kind." },
    { role: "user", template: "{{ question }}" },
  ],
  variables: [newVariable("question"), newVariable("old")],
};

it("names what was added, changed and removed", () => {
  const after = {
    messages: [
      { role: "developer", template: "Be kind and brief." },
      { role: "user", template: "{{ question }}" },
      { role: "assistant", template: "" },
    ],
    variables: [{ ...newVariable("question"), required: false }, newVariable("tone")],
  };
  expect(changesSince(before, after).map((change) => change.text)).toEqual([
    "Message 1: role system → developer, text changed (+10 characters)",
    "Message 3 (assistant) added",
    "Variable question: required changed",
    "Variable tone (string) added",
    "Variable old removed",
  ]);
});

it("says nothing about what is the same", () => {
  expect(changesSince(before, structuredClone(before))).toEqual([]);
});

it("does not call messages changed because one above them went away", () => {
  const messages = ["a", "b", "c"].map((template) => ({ role: "user", template }));
  const fewer = messages.filter((message) => message.template !== "b");
  expect(changesSince({ messages, variables: [] }, { messages: fewer, variables: [] }).map((change) => change.text)).toEqual([
    "Message 2 (user) removed",
  ]);
  expect(changesSince({ messages: fewer, variables: [] }, { messages, variables: [] }).map((change) => change.text)).toEqual([
    "Message 2 (user) added",
  ]);
});
