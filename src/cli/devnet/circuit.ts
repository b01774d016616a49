// SPDX-License-Identifier: MIT
import { ensureCircuit } from "../../zkml/index.ts";
import { isCheckout } from "../checkout.ts";

/**
 * Builds the digit circuit if it is not, so that no request waits for it. The published package has no compiler: there a
 * node proves nothing until it is given the artefacts.
 */
export async function prepareCircuit(say: (line: string) => void): Promise<void> {
  if (!isCheckout()) return;
  await ensureCircuit({ circuit: "digits", log: say });
}
