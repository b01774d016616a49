// SPDX-License-Identifier: MIT
import type { Address, Client } from "viem";

import { batchSettlerAbi } from "../../abi/batchSettler.ts";
import type { Exposure } from "../../protocol/batch.ts";
import { read, type ReadOptions } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import type { ReadErrorType } from "../revert.ts";

export interface GetSignerParameters extends ReadOptions {
  deployment: DeploymentWith<"batchSettler">;
  signer: Address;
}
export type GetSignerReturnType = Exposure;
export type GetSignerErrorType = ReadErrorType;

/**
 * What a verification node earned by countersigning and did not collect, and what open batches can cost it, as of now.
 *
 * @example
 * const { held } = await getSigner(client, { deployment, signer });
 */
export async function getSigner(
  client: Client,
  parameters: GetSignerParameters,
): Promise<GetSignerReturnType> {
  const { deployment, signer, ...options } = parameters;
  return read(client, {
    ...options,
    address: deployment.batchSettler,
    abi: batchSettlerAbi,
    functionName: "signerOf",
    args: [signer],
  });
}
