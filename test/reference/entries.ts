// SPDX-License-Identifier: MIT
// The market's records: found by request, entered, and given a result.
import type { Hex } from "viem";

import { NO_EVIDENCE, type Request, type Result, State } from "../../src/protocol/index.ts";
import { idOf } from "./ids.ts";
import type { Entry, Ledger } from "./ledger.ts";
import { Refusal } from "./refusal.ts";
import type { Rules } from "./rules.ts";

/** The entry of a request that is in this state. */
export function entryIn(rules: Rules, ledger: Ledger, request: Request, state: State): Entry {
  const entry = ledger.entries.get(idOf(rules.domain, request));
  if (entry?.state !== state) throw new Refusal("StateMismatch");
  return entry;
}

export function enter(ledger: Ledger, id: Hex, request: Request): Entry {
  const entry: Entry = {
    request,
    state: State.OPEN,
    evidence: NO_EVIDENCE,
    clock: 0,
    holdsFeeOnly: false,
  };
  ledger.entries.set(id, entry);
  return entry;
}

export function store(ledger: Ledger, entry: Entry, result: Result, evidence: number): void {
  entry.result = result;
  entry.evidence = evidence;
  entry.clock = ledger.time;
}
