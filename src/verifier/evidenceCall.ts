// SPDX-License-Identifier: MIT
import { type Address, type Client, decodeFunctionData, type Hex, isAddressEqual } from "viem";

import { inferenceMarketAbi } from "../abi/inferenceMarket.ts";
import { type Evidence, pathOf } from "../protocol/evidence.ts";
import type { Hex32 } from "../protocol/ids.ts";
import type { Request } from "../protocol/request.ts";
import { readTransaction } from "./chainReads.ts";
import { EvidenceCallError, WrappedCallError } from "./errors.ts";

/** A call of the market that brought evidence. */
export interface EvidenceCall {
  request: Request;
  kind: number;
  data: Hex;
}

/**
 * The evidence in a transaction's calldata. Only direct calls of the market are read: how another contract passes bytes
 * on is its own affair.
 *
 * @throws {WrappedCallError}, {@link EvidenceCallError} or {@link ChainItemMissingError}.
 */
export async function readEvidenceCall(
  client: Client,
  parameters: { market: Address; transactionHash: Hex32; kind: Evidence },
): Promise<EvidenceCall> {
  const { market, transactionHash, kind } = parameters;
  const { to, input } = await readTransaction(client, transactionHash);
  if (to === null || !isAddressEqual(to, market)) {
    throw new WrappedCallError(transactionHash, to ?? "none, a deployment");
  }
  const call = decodeEvidenceCall(input, transactionHash);
  if (call.kind !== kind) {
    throw new EvidenceCallError(transactionHash, `its evidence is not of the ${pathOf(kind)} path`);
  }
  return call;
}

function decodeEvidenceCall(input: Hex, transactionHash: Hex32): EvidenceCall {
  const call = decode(input, transactionHash);
  switch (call.functionName) {
    case "fulfil":
    case "prove":
    case "rescue": {
      const [request, , kind, data] = call.args;
      return { request, kind, data };
    }
    case "fulfilOrder":
    case "fulfilAndCall": {
      const [request, , , kind, data] = call.args;
      return { request, kind, data };
    }
    default:
      throw new EvidenceCallError(transactionHash, `it calls ${call.functionName}`);
  }
}

function decode(input: Hex, transactionHash: Hex32) {
  try {
    return decodeFunctionData({ abi: inferenceMarketAbi, data: input });
  } catch (cause) {
    throw new EvidenceCallError(transactionHash, "its calldata is no call of the market", cause);
  }
}
