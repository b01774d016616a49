// SPDX-License-Identifier: MIT
import { type Address, type Client, parseAbi } from "viem";
import { getChainId } from "viem/actions";

import { inferenceMarketAbi } from "../../abi/inferenceMarket.ts";
import { Evidence } from "../../protocol/evidence.ts";
import { read } from "../call.ts";
import type { Deployment } from "../deployment.ts";
import { DeploymentIncompleteError } from "../errors.ts";
import { type ReadErrorType, withCallErrors } from "../revert.ts";

export interface FetchDeploymentParameters {
  market: Address;
  /** Addresses that the contracts do not tell, and the block of the deployment (0 if not given). */
  known?: Partial<Pick<Deployment, "block" | "groth16Verifier" | "enclaveRegistry">>;
}
export type FetchDeploymentReturnType = Deployment;
export type FetchDeploymentErrorType = ReadErrorType | DeploymentIncompleteError;

/** What model registry and TEE evidence tell of the contracts they ask. */
const LINKS_ABI = parseAbi([
  "function groth16Verifier() view returns (address)",
  "function enclaveRegistry() view returns (address)",
]);

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
  const [chainId, token, nodeRegistry, modelRegistry, disputeCourt, zkmlEvidence, teeEvidence] =
    await Promise.all([
      withCallErrors("eth_chainId", getChainId(client)),
      read(client, { ...contract, functionName: "token" }),
      read(client, { ...contract, functionName: "nodeRegistry" }),
      read(client, { ...contract, functionName: "modelRegistry" }),
      read(client, { ...contract, functionName: "court" }),
      read(client, { ...contract, functionName: "verifierOf", args: [Evidence.ZKML] }),
      read(client, { ...contract, functionName: "verifierOf", args: [Evidence.TEE] }),
    ]);
  const [groth16Verifier, enclaveRegistry] = await Promise.all([
    known.groth16Verifier ?? askLink(client, modelRegistry, "groth16Verifier"),
    known.enclaveRegistry ?? askLink(client, teeEvidence, "enclaveRegistry"),
  ]);
  return {
    chainId,
    market,
    token,
    nodeRegistry,
    modelRegistry,
    enclaveRegistry,
    groth16Verifier,
    disputeCourt,
    zkmlEvidence,
    teeEvidence,
    block: known.block ?? 0n,
  };
}

async function askLink(
  client: Client,
  address: Address,
  functionName: "groth16Verifier" | "enclaveRegistry",
): Promise<Address> {
  try {
    return await read(client, { address, abi: LINKS_ABI, functionName });
  } catch (cause) {
    throw new DeploymentIncompleteError(functionName, cause);
  }
}
