// SPDX-License-Identifier: MIT
/** Wrappers that measure what passes through them and change nothing about it. */
import type { Transport } from "viem";

import type { Database, Queryable } from "../../store/index.ts";
import type { Metrics } from "./metrics.ts";

/** Every RPC is one of two: URLs may hold keys and are never shown. */
export type Provider = "primary" | "secondary";

/** Methods that have a label of their own. */
const METHODS: ReadonlySet<string> = new Set([
  "eth_blockNumber",
  "eth_call",
  "eth_chainId",
  "eth_estimateGas",
  "eth_feeHistory",
  "eth_fillTransaction",
  "eth_gasPrice",
  "eth_getBalance",
  "eth_getBlockByHash",
  "eth_getBlockByNumber",
  "eth_getCode",
  "eth_getLogs",
  "eth_getTransactionByHash",
  "eth_getTransactionCount",
  "eth_getTransactionReceipt",
  "eth_maxPriorityFeePerGas",
  "eth_sendRawTransaction",
]);

/**
 * A viem transport whose calls are counted and timed.
 *
 * @example
 * createClient({ transport: meterTransport(http(url), metrics, "secondary") });
 */
export function meterTransport<T extends Transport>(
  transport: T,
  metrics: Metrics,
  provider: Provider,
): T {
  const metered: Transport = (parameters) => {
    const made = transport(parameters);
    // From 0, so that the first failure is an increase.
    metrics.count("rpcErrors", { provider, method: "other" }, 0);
    const request = async (call: { method: string }, options?: unknown): Promise<unknown> => {
      const method = METHODS.has(call.method) ? call.method : "other";
      metrics.count("rpcRequests", { provider, method });
      try {
        return await metrics.time("rpcSeconds", { provider }, () =>
          (made.request as (...of: unknown[]) => Promise<unknown>)(call, options),
        );
      } catch (error) {
        metrics.count("rpcErrors", { provider, method });
        throw error;
      }
    };
    return { ...made, request: request as typeof made.request };
  };
  return metered as T;
}

/**
 * A database whose statements are timed.
 *
 * @example
 * const database = meterDatabase(await openDatabase(location), metrics);
 */
export function meterDatabase(database: Database, metrics: Metrics): Database {
  const meter = (target: Queryable): Queryable["query"] => {
    return (text, values) => {
      const kind = /^\s*(SELECT|WITH)\b/i.test(text) ? "read" : "write";
      return metrics.time("querySeconds", { kind }, () => target.query(text, values));
    };
  };
  return {
    ...database,
    query: meter(database),
    transaction: (work) =>
      metrics.time("querySeconds", { kind: "transaction" }, () =>
        database.transaction((transaction) => work({ query: meter(transaction) })),
      ),
    script: (text) => metrics.time("querySeconds", { kind: "write" }, () => database.script(text)),
  };
}
