// SPDX-License-Identifier: MIT
import type { Address, Client } from "viem";

import { enclaveRegistryAbi } from "../../abi/enclaveRegistry.ts";
import type { Hex32 } from "../../protocol/ids.ts";
import { read, type ReadOptions } from "../call.ts";
import type { DeploymentWith } from "../deployment.ts";
import type { ReadErrorType } from "../revert.ts";

export interface GetDocumentChallengeParameters extends ReadOptions {
  deployment: DeploymentWith<"enclaveRegistry">;
  node: Address;
}
export type GetDocumentChallengeReturnType = Hex32;
export type GetDocumentChallengeErrorType = ReadErrorType;

/**
 * The unused challenge that a node's next attestation document must contain.
 *
 * @example
 * const challenge = await getDocumentChallenge(client, { deployment, node });
 */
export async function getDocumentChallenge(
  client: Client,
  parameters: GetDocumentChallengeParameters,
): Promise<GetDocumentChallengeReturnType> {
  const { deployment, node, ...options } = parameters;
  return read(client, {
    ...options,
    address: deployment.enclaveRegistry,
    abi: enclaveRegistryAbi,
    functionName: "challengeOf",
    args: [node],
  });
}
