import { expect, it } from "vitest";

import { currentStep, stepsOf } from "./steps";

it("points at the first step that is open", () => {
  expect(currentStep(stepsOf({ hasProvider: false, isReleased: true, hasCall: false }))).toBe("provider");
  expect(currentStep(stepsOf({ hasProvider: true, isReleased: true, hasCall: false }))).toBe("call");
  expect(currentStep(stepsOf({ hasProvider: true, isReleased: true, hasCall: true }))).toBeNull();
});
