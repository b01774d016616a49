// SPDX-License-Identifier: MIT
import type { Address, Client } from "viem";
import { getChainId } from "viem/actions";

import { inferenceMarketAbi } from "../../abi/inferenceMarket.ts";
import { modelRegistryAbi } from "../../abi/modelRegistry.ts";
import { Evidence } from "../../protocol/evidence.ts";
import { read } from "../call.ts";
import type { Deployment } from "../deployment.ts";
import { DeploymentIncompleteError } from "../errors.ts";
import { type ReadErrorType, withCallErrors } from "../revert.ts";

export interface FetchDeploymentParameters {
  market: Address;
  /** Addresses that the contracts do not tell, and the block of the deployment (0 if not given). */
  known?: Partial<Pick<Deployment, "block" | "groth16Verifier">>;
}
export type FetchDeploymentReturnType = Deployment;
export type FetchDeploymentErrorType = ReadErrorType | DeploymentIncompleteError;

/**
 * Discovers the whole address book from the market alone.
 *
 * @example
 * const deployment = await fetchDeployment(client, { market });
 */
export async function fetchDeployment(
  client: Client,
  parameters: FetchDeploymentParameters,
): Promise<FetchDeploymentReturnType> {
  const { market, known = {} } = parameters;
  const contract = { address: market, abi: inferenceMarketAbi } as const;
  const [
    chainId,
    token,
    nodeRegistry,
    modelRegistry,
    disputeCourt,
    orderSettler,
    batchSettler,
    zkmlEvidence,
    enclaveRegistry,
  ] = await Promise.all([
    withCallErrors("eth_chainId", getChainId(client)),
    read(client, { ...contract, functionName: "token" }),
    read(client, { ...contract, functionName: "nodeRegistry" }),
    read(client, { ...contract, functionName: "modelRegistry" }),
    read(client, { ...contract, functionName: "court" }),
    read(client, { ...contract, functionName: "orderSettler" }),
    read(client, { ...contract, functionName: "batchSettler" }),
    read(client, { ...contract, functionName: "verifierOf", args: [Evidence.ZKML] }),
    read(client, { ...contract, functionName: "verifierOf", args: [Evidence.TEE] }),
  ]);
  const groth16Verifier =
    known.groth16Verifier ?? (await askGroth16Verifier(client, modelRegistry));
  return {
    chainId,
    market,
    token,
    nodeRegistry,
    modelRegistry,
    enclaveRegistry,
    groth16Verifier,
    disputeCourt,
    orderSettler,
    batchSettler,
    zkmlEvidence,
    block: known.block ?? 0n,
  };
}

async function askGroth16Verifier(client: Client, modelRegistry: Address): Promise<Address> {
  const functionName = "groth16Verifier";
  try {
    return await read(client, { address: modelRegistry, abi: modelRegistryAbi, functionName });
  } catch (cause) {
    throw new DeploymentIncompleteError(functionName, cause);
  }
}
