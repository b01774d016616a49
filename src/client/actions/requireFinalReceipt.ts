// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import { batchSettlerAbi } from "../../abi/batchSettler.ts";
import type { BatchHeader, BatchOpening, BatchPlace } from "../../protocol/batch.ts";
import type { Reliance } from "../../protocol/state.ts";
import { read, type ReadOptions } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import type { ReadErrorType } from "../revert.ts";

export interface RequireFinalReceiptParameters extends ReadOptions {
  deployment: DeploymentWith<"batchSettler">;
  header: BatchHeader;
  /** Of the voucher that the receipt belongs to, from `placeAt`. */
  place: BatchPlace;
  opening: BatchOpening;
  /** The least that the caller relies on. */
  reliance: Reliance;
}
export type RequireFinalReceiptReturnType = void;
export type RequireFinalReceiptErrorType = ReadErrorType;

/**
 * Throws a `ContractRevertedError` unless the batch made this receipt final with at least what is relied on.
 *
 * @example
 * await requireFinalReceipt(client, { deployment, header, place, opening, reliance });
 */
export async function requireFinalReceipt(
  client: Client,
  parameters: RequireFinalReceiptParameters,
): Promise<RequireFinalReceiptReturnType> {
  const { deployment, header, place, opening, reliance, ...options } = parameters;
  await read(client, {
    ...options,
    address: deployment.batchSettler,
    abi: batchSettlerAbi,
    functionName: "requireFinal",
    args: [header, place, opening, reliance],
  });
}
