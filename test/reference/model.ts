// SPDX-License-Identifier: MIT
// The reference model: a command's change of the whole ledger, or the error that refuses it.
import * as accounts from "./accounts.ts";
import * as claims from "./claims.ts";
import type { Command } from "./command.ts";
import * as disputes from "./disputes.ts";
import * as earnings from "./earnings.ts";
import * as jury from "./jury.ts";
import { copyOf, type Ledger } from "./ledger.ts";
import * as orders from "./orders.ts";
import { type ErrorName, Refusal, refuseIf } from "./refusal.ts";
import * as requests from "./requests.ts";
import type { Rules } from "./rules.ts";
import * as settle from "./settle.ts";
import * as stake from "./stake.ts";

/** What a command comes to. */
export interface Outcome {
  /** Why the whole command was refused. */
  error?: ErrorName;
  /** Orders of many that were skipped. */
  skipped: readonly orders.Skipped[];
}

/** The ledger after the command; one that is refused takes a block all the same. */
export function after(
  rules: Rules,
  before: Ledger,
  command: Command,
): { ledger: Ledger; outcome: Outcome } {
  const ledger = atBlock(copyOf(before), command);
  try {
    const skipped = apply(rules, ledger, command) ?? [];
    return { ledger, outcome: { skipped } };
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal;
    const outcome = { error: refusal.error, skipped: [] };
    return { ledger: atBlock(copyOf(before), command), outcome };
  }
}

function atBlock(ledger: Ledger, command: Command): Ledger {
  const blocks = command.call === "mine" ? command.blocks : 1;
  ledger.time = command.at + blocks - 1;
  ledger.block += blocks;
  return ledger;
}

function apply(rules: Rules, ledger: Ledger, command: Command): readonly orders.Skipped[] | void {
  const { by } = command;
  switch (command.call) {
    case "deposit":
      return accounts.deposit(rules, ledger, by, command);
    case "withdraw":
      return accounts.withdraw(rules, ledger, by, command);
    case "transfer":
      return accounts.transfer(ledger, by, command);
    case "open":
      return requests.open(rules, ledger, by, command);
    case "cancel":
      return requests.cancel(rules, ledger, by, command);
    case "accept":
      return requests.accept(rules, ledger, by, command);
    case "fulfil":
      return requests.deliver(rules, ledger, by, command);
    case "rescue":
      return settle.rescue(rules, ledger, by, command);
    case "prove":
      return settle.prove(rules, ledger, command);
    case "finalize":
      return settle.finalize(rules, ledger, command);
    case "refund":
      return settle.refund(rules, ledger, command);
    case "collect":
      return earnings.collect(rules, ledger, command);
    case "payPool":
      return earnings.payPool(rules, ledger, command);
    case "reserve":
      return orders.reserve(rules, ledger, by, command);
    case "release":
      return orders.release(rules, ledger, by, command);
    case "settleOrder":
      return orders.settleOrder(rules, ledger, by, command);
    case "settleOrders":
      return orders.settleOrders(rules, ledger, by, command);
    case "finalizeClaims":
      return claims.finalizeClaims(rules, ledger, command);
    case "extractClaim":
      return claims.extractClaim(rules, ledger, command);
    case "commitChallenge":
      return disputes.commitChallenge(ledger, command);
    case "challenge":
      return disputes.challenge(rules, ledger, by, command);
    case "decide":
      return disputes.decide(rules, ledger, command);
    case "drawJury":
      return disputes.drawJury(rules, ledger, command);
    case "commitVote":
      return jury.commitVote(rules, ledger, by, command);
    case "revealVote":
      return jury.revealVote(rules, ledger, by, command);
    case "conclude":
      return disputes.conclude(rules, ledger, command);
    case "optIn":
      return stake.optIn(ledger, by, command);
    case "optOut":
      return stake.optOut(ledger, by, command);
    case "pause":
    case "unpause":
      return setPaused(rules, ledger, command);
    case "revokeMeasurement":
      refuseIf(by !== rules.owner, "ModelPublisherMismatch");
      refuseIf(ledger.revoked.has(command.modelId), "MeasurementNotAllowed");
      return void ledger.revoked.add(command.modelId);
    case "mine":
      return;
  }
}

/** Only the guardian, who changes nothing else. */
function setPaused(rules: Rules, ledger: Ledger, { by, call }: Command): void {
  refuseIf(by !== rules.owner, "OwnableUnauthorizedAccount");
  refuseIf(ledger.paused && call === "pause", "EnforcedPause");
  refuseIf(!ledger.paused && call === "unpause", "ExpectedPause");
  ledger.paused = call === "pause";
}
