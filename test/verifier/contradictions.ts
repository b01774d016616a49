// SPDX-License-Identifier: MIT
// A chain that answers otherwise in one point: to show that a check looks at it.
import {
  createPublicClient,
  custom,
  decodeFunctionData,
  decodeFunctionResult,
  encodeFunctionData,
  encodeFunctionResult,
  type Abi,
  type Hex,
  pad,
  type PublicClient,
} from "viem";

import { orderSettlerAbi } from "../../src/abi/orderSettler.ts";
import type { World } from "./world.ts";

type Answer = Record<string, unknown>;

/** A client whose RPC answers are changed: `change` gets method, parameters and the true answer. */
export function contradict(
  { connection }: World,
  change: (method: string, params: unknown[], answer: unknown) => unknown,
): PublicClient {
  const { provider } = connection;
  return createPublicClient({
    cacheTime: 0,
    transport: custom(
      {
        request: async ({ method, params = [] }: { method: string; params?: unknown[] }) =>
          change(method, params, await provider.request({ method, params })),
      },
      { retryCount: 0 },
    ),
  });
}

/** A client to which one of the market's events names another node. */
export function contradictEvent(world: World, selector: Hex): PublicClient {
  return contradict(world, (method, _params, answer) => {
    if (method !== "eth_getTransactionReceipt" || answer === null) return answer;
    const { logs, ...transaction } = answer as { logs: { topics: Hex[] }[] };
    const changed = logs.map((log) =>
      log.topics[0] === selector ? { ...log, topics: log.topics.with(2, pad("0x01")) } : log,
    );
    return { ...transaction, logs: changed };
  });
}

/** A client to which one view function returns a struct with other fields. */
export function contradictView(
  world: World,
  parameters: { abi: Abi; functionName: string; fields: Answer },
): PublicClient {
  const { abi, functionName, fields } = parameters;
  return contradict(world, (method, params, answer) => {
    if (method !== "eth_call") return answer;
    const [{ data }] = params as [{ data: Hex }];
    if (!isCallOf(abi, functionName, data)) return answer;
    const result = decodeFunctionResult({ abi, functionName, data: answer as Hex }) as Answer;
    return encodeFunctionResult({ abi, functionName, result: { ...result, ...fields } });
  });
}

/** A client to which calls of `fulfilOrders` bring one order less than they did. */
export function dropFirstOrder(world: World): PublicClient {
  return contradict(world, (method, _params, answer) => {
    if (method !== "eth_getTransactionByHash" || answer === null) return answer;
    const { input } = answer as { input: Hex };
    if (!isCallOf(orderSettlerAbi, "fulfilOrders", input)) return answer;
    const call = decodeFunctionData({ abi: orderSettlerAbi, data: input });
    if (call.functionName !== "fulfilOrders") return answer;
    const [orders, ...others] = call.args;
    const changed = encodeFunctionData({
      abi: orderSettlerAbi,
      functionName: "fulfilOrders",
      args: [orders.slice(1), ...others],
    });
    return { ...answer, input: changed };
  });
}

function isCallOf(abi: Abi, functionName: string, data: Hex): boolean {
  try {
    return decodeFunctionData({ abi, data }).functionName === functionName;
  } catch {
    return false;
  }
}
