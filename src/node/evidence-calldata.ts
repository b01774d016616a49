// SPDX-License-Identifier: MIT
import { decodeFunctionData, type Hex, isAddressEqual } from "viem";
import { getTransaction } from "viem/actions";

import { inferenceMarketAbi } from "../abi/inferenceMarket.ts";
import { withCallErrors } from "../client/revert.ts";
import { Evidence } from "../protocol/evidence.ts";
import type { Chain } from "./chain.ts";
import { CalldataMissingError } from "./errors.ts";
import type { EvidencePiece } from "./request-book.ts";

/** The market's calls that bring evidence, with the places of its kind and bytes among their arguments. */
const EVIDENCE_PLACES: Readonly<Record<string, readonly [kind: number, data: number]>> = {
  fulfil: [2, 3],
  fulfilOrder: [3, 4],
  fulfilAndCall: [3, 4],
  rescue: [2, 3],
  prove: [1, 2],
};

/**
 * The bytes of a piece of evidence, from the transaction that brought it; a bonded claim has none.
 *
 * @throws {CalldataMissingError} if another contract made the call, so that the bytes are not in the calldata.
 */
export async function readEvidence(chain: Chain, piece: EvidencePiece): Promise<Hex> {
  if (piece.kind === Evidence.VANILLA) return "0x";
  const { transactionHash: hash, kind } = piece;
  const sent = await withCallErrors(
    "eth_getTransactionByHash",
    getTransaction(chain.client, { hash }),
  );
  if (sent.to === null || !isAddressEqual(sent.to, chain.deployment.market)) {
    throw new CalldataMissingError("evidence", hash);
  }
  const { functionName, args } = decodeMarketCall(sent.input, hash);
  const places = EVIDENCE_PLACES[functionName];
  const found: unknown = args[places?.[1] ?? -1];
  if (places === undefined || args[places[0]] !== kind || typeof found !== "string") {
    throw new CalldataMissingError("evidence", hash);
  }
  return found as Hex;
}

function decodeMarketCall(
  data: Hex,
  hash: Hex,
): { functionName: string; args: readonly unknown[] } {
  try {
    const { functionName, args = [] } = decodeFunctionData({ abi: inferenceMarketAbi, data });
    return { functionName, args };
  } catch {
    throw new CalldataMissingError("evidence", hash);
  }
}
