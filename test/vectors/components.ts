// SPDX-License-Identifier: MIT
// The ABI of the two structs, taken from the generated ABI of the market, not from src/protocol.
import type { AbiParameter } from "viem";
import { getAbiItem } from "viem/utils";

import { inferenceMarketAbi } from "../../src/abi/index.ts";

const fulfil = getAbiItem({ abi: inferenceMarketAbi, name: "fulfil" });

export const REQUEST_COMPONENTS = fulfil.inputs[0] satisfies AbiParameter;
export const RESULT_COMPONENTS = fulfil.inputs[1] satisfies AbiParameter;
