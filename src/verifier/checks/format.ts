// SPDX-License-Identifier: MIT
import { toCanonicalJson } from "../../protocol/json.ts";
import { parseReceipt, type Receipt } from "../../protocol/receipt.ts";

/** Reads a receipt strictly, from JSON text or from an object, which is written as JSON first. */
export function readStrictly(receipt: unknown): Receipt {
  // `JSON.stringify` yields undefined for what has no JSON: as text that is refused, too.
  return parseReceipt(typeof receipt === "string" ? receipt : String(toCanonicalJson(receipt)));
}
