// SPDX-License-Identifier: MIT
/** Gives signed bytes to the chain. Only a receipt tells what became of them, so that no answer here is an error. */
import { BaseError as ViemError, type Hex } from "viem";

import { toCallError } from "../../client/revert.ts";
import type { ChainClient } from "../chain.ts";

/** `taken`: the RPC has it, or had it. `unpaid`: its key has too little ether. `refused`: try again later. */
export type BroadcastResult =
  { outcome: "taken" | "unpaid" } | { outcome: "refused"; error: unknown };

const TAKEN =
  /already known|known transaction|already imported|already exists|nonce.{0,20}too low/i;
const UNPAID = /insufficient funds|enough funds/i;

export async function broadcast(client: ChainClient, raw: Hex): Promise<BroadcastResult> {
  try {
    await client.request({ method: "eth_sendRawTransaction", params: [raw] }, { retryCount: 0 });
    return { outcome: "taken" };
  } catch (cause) {
    const text = wordsOf(cause);
    if (TAKEN.test(text)) return { outcome: "taken" };
    if (UNPAID.test(text)) return { outcome: "unpaid" };
    return { outcome: "refused", error: toCallError("eth_sendRawTransaction", cause) };
  }
}

/** What the RPC said; viem's whole message holds the signed bytes. */
function wordsOf(error: unknown): string {
  const words: string[] = [];
  let current: unknown = error;
  for (let depth = 0; depth < 8 && current instanceof Error; depth += 1) {
    if (current instanceof ViemError) words.push(current.shortMessage, current.details);
    else words.push(current.message);
    current = current.cause;
  }
  return words.join(" ");
}
