// SPDX-License-Identifier: MIT
import { formatEther, type Address } from "viem";

import { renderDigit } from "../../zkml/index.ts";
import { bold, dim, green, red, shortHex, yellow } from "../output.ts";
import type { DemoResult } from "./run.ts";
import type { DemoNetwork } from "./setup.ts";

/** A movement of money that a request caused, token units. */
export interface Payment {
  to: string;
  amount: bigint;
  what: string;
}

/** Who was paid, refunded or slashed, from the events of the request. */
export function paymentsOf(network: DemoNetwork, result: DemoResult): Payment[] {
  const name = (address: Address): string => network.names.get(address) ?? address;
  const payments: Payment[] = [];
  for (const event of result.events) {
    if (event.eventName === "RequestFinal") {
      const { node, payout } = event.args;
      payments.push({ to: name(node), amount: payout.inference, what: "inference" });
      payments.push({
        to: "pool of the verification nodes",
        amount: payout.verification,
        what: "verification",
      });
      payments.push({ to: "client", amount: payout.refund, what: "unused" });
    } else if (event.eventName === "RequestRefunded") {
      payments.push({ to: "client", amount: event.args.amount, what: "refund" });
    } else if (event.eventName === "RequestRejected") {
      payments.push({ to: "client", amount: network.maxFee, what: "refund" });
      payments.push({ to: name(event.args.node), amount: -event.args.slashed, what: "slashed" });
    } else if (event.eventName === "ChallengeResolved") {
      payments.push({
        to: name(event.args.challenger),
        amount: event.args.reward,
        what: "challenge reward",
      });
    }
  }
  return payments.filter(({ amount }) => amount !== 0n);
}

/** A result beside the picture of its digit. */
export function describe(network: DemoNetwork, result: DemoResult): string[] {
  const { case: demoCase, outcome, digit, resultMs, finalMs, gas, id } = result;
  const colour = outcome === "final" ? green : outcome === "rejected" ? red : yellow;
  const facts = [
    `${bold(demoCase.path.toUpperCase())}  ${demoCase.title}  ${dim(shortHex(id))}`,
    `${colour(outcome)}${digit === undefined ? "" : `  answer ${bold(String(digit))}`}`,
    `time to result ${resultMs === undefined ? "none" : `${resultMs} ms`}, to the end ${finalMs} ms`,
    `gas of its transactions ${gas.toLocaleString("en")}`,
    ...paymentsOf(network, result).map(
      ({ to, amount, what }) =>
        `${`${amount > 0n ? "+" : ""}${formatEther(amount)}`.padStart(6)} ${to} (${what})`,
    ),
  ];
  const picture = renderDigit(result.input).split("\n");
  const height = Math.max(facts.length, picture.length);
  return Array.from({ length: height }, (_, row) =>
    `  ${(picture[row] ?? "").padEnd(16)}   ${facts[row] ?? ""}`.trimEnd(),
  );
}
