import { expect, it } from "vitest";

import { faultOf } from "./fault";

it("finds the message and the line in the words of an error", () => {
  expect(faultOf("Message 2 (user), line 3: unexpected end of block", 3)).toEqual({
    message: 1,
    line: 3,
    text: "Unexpected end of block",
  });
});

it("leaves open what the error does not say", () => {
  expect(faultOf("the template is too large", 2)).toMatchObject({ message: null, line: null });
  expect(faultOf("message 9 is wrong", 2)).toMatchObject({ message: null });
});

it("needs no number when there is one message only", () => {
  expect(faultOf("line 1: syntax error", 1)).toMatchObject({ message: 0, line: 1 });
});
