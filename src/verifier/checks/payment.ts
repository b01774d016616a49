// SPDX-License-Identifier: MIT
import { findRequest } from "../../client/actions/findRequest.ts";
import { getParameters } from "../../client/actions/getParameters.ts";
import { fee, payoutOf } from "../../protocol/fees.ts";
import type { Payout } from "../../protocol/market.ts";
import { Escrow } from "../../protocol/state.ts";
import type { VerificationContext } from "../context.ts";
import { readSettlement } from "../marketLogs.ts";
import { demand } from "../report.ts";

const SHARES = ["inference", "verification", "data", "refund"] as const;

/**
 * The fee was escrowed, or drawn on a reservation, charged and split as the market's rules say, and the receipt tells the same.
 * Shares of orders that came together are rounded once for all of them; each receipt has its order's own.
 */
export async function checkPayment(context: VerificationContext): Promise<string> {
  const { client, deployment, receipt, search, readRecord } = context;
  const { request, requestId, result, payout } = receipt;
  const opened = await findRequest(client, {
    ...search,
    deployment,
    id: requestId,
    toBlock: receipt.settledAt.blockNumber,
  });
  demand(
    opened.maxFee === request.maxFee,
    `The request's maximum fee was ${opened.maxFee}, the receipt says ${request.maxFee}.`,
  );

  const { market, isRescue } = await readSettlement(context);
  if (market !== undefined) demandEqual(payout, market.payout, "the market paid");
  const { escrow } = await readRecord();
  const charged = fee({ ...request, units: result.units });
  const held = escrow === Escrow.FEE ? charged : request.maxFee;
  const sum = SHARES.reduce((total, share) => total + payout[share], 0n);
  demand(sum === held, `The shares sum to ${sum}, the escrow was ${held}.`);

  if (isRescue) {
    demand(payout.refund === request.maxFee, "A rescued request must be refunded in full.");
    return `The request was rescued after its node was late: the whole escrow of ${request.maxFee} was refunded.`;
  }
  const parameters = await getParameters(client, { deployment });
  const expected = payoutOf({ request, units: result.units, parameters, escrow });
  demandEqual(payout, expected, "the rules give");
  if (escrow === Escrow.FEE) {
    return `The fee of ${charged} token units was drawn on the client's reservation and split by the market's rules.`;
  }
  return `Of ${request.maxFee} token units in escrow ${charged} were charged and split by the market's rules, the rest refunded.`;
}

function demandEqual(payout: Payout, expected: Payout, source: string): void {
  for (const share of SHARES) {
    demand(
      payout[share] === expected[share],
      `The ${share} share is ${payout[share]} in the receipt, but ${source} ${expected[share]}.`,
    );
  }
}
