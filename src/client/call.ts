// SPDX-License-Identifier: MIT
import {
  type Abi,
  type Client,
  type ContractFunctionArgs,
  type ContractFunctionName,
  encodeFunctionData,
  type EncodeFunctionDataParameters,
  type Hex,
} from "viem";
import {
  readContract,
  type ReadContractParameters,
  type ReadContractReturnType,
} from "viem/actions";

import { toCallError, withCallErrors } from "./revert.ts";

/** What every read takes besides its own parameters. */
export interface ReadOptions {
  /** Read the state as of this block; the latest if not given. */
  blockNumber?: bigint;
}

/** viem's `encodeFunctionData`, with our errors. */
export function encodeCall<const abi extends Abi, functionName extends ContractFunctionName<abi>>(
  parameters: EncodeFunctionDataParameters<abi, functionName>,
): Hex {
  try {
    return encodeFunctionData(parameters);
  } catch (error) {
    throw toCallError(parameters.functionName ?? "The call", error);
  }
}

/** viem's `readContract`, with our errors. */
export function read<
  const abi extends Abi,
  functionName extends ContractFunctionName<abi, "pure" | "view">,
  const args extends ContractFunctionArgs<abi, "pure" | "view", functionName>,
>(
  client: Client,
  parameters: ReadContractParameters<abi, functionName, args>,
): Promise<ReadContractReturnType<abi, functionName, args>> {
  return withCallErrors(parameters.functionName, readContract(client, parameters));
}
