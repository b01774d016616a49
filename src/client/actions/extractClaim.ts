// SPDX-License-Identifier: MIT
import type { Client } from "viem";

import { orderSettlerAbi } from "../../abi/orderSettler.ts";
import type { Hex32 } from "../../protocol/ids.ts";
import type { Request, Result } from "../../protocol/request.ts";
import { encodeCall } from "../call.ts";
import { callSettler, type SettlerWriteOptions, type SettlerWriteReturnType } from "../settler.ts";
import type { WriteErrorType } from "../transact.ts";

export interface ExtractClaimParameters extends SettlerWriteOptions {
  request: Request;
  result: Result;
  /** Of the claims that it was entered with. */
  root: Hex32;
  /** Leads from the claim to the root, see `findClaim`. */
  proof: readonly Hex32[];
}
export type ExtractClaimReturnType = SettlerWriteReturnType;
export type ExtractClaimErrorType = WriteErrorType;

/**
 * Gives a claim a record of its own in the market, where it can be challenged and proved; what was claimed with it is
 * untouched. Anyone may do so until the window closes.
 *
 * @example
 * const request = await findRequest(client, { deployment, id });
 * const { root, result, proof } = await findClaim(client, { deployment, id });
 * await extractClaim(client, { deployment, request, result, root, proof });
 */
export async function extractClaim(
  client: Client,
  parameters: ExtractClaimParameters,
): Promise<ExtractClaimReturnType> {
  const { request, result, root, proof, ...options } = parameters;
  return callSettler(client, {
    ...options,
    functionName: "extractClaim",
    data: encodeCall({
      abi: orderSettlerAbi,
      functionName: "extractClaim",
      args: [request, result, root, proof],
    }),
  });
}
