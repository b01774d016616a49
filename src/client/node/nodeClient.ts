// SPDX-License-Identifier: MIT
import type { Hex } from "viem";

import type { Hex32, ModelId, RequestId } from "../../protocol/ids.ts";
import type { Reader } from "../../protocol/json.ts";
import { commitOutput } from "../../protocol/typed-data.ts";
import { type EndpointInvalidError, NodeContentMismatchError } from "../errors.ts";
import { batchCalls, type NodeBatchCalls } from "./batches.ts";
import { parseEndpoint, transfer, type TransferErrorType } from "./http.ts";
import {
  type NodeEvidence,
  type NodeHealth,
  type NodeInput,
  type NodeOrder,
  type NodeOrderResult,
  type NodeResult,
  readNodeEvidence,
  readNodeHealth,
  readNodeInput,
  readNodeInputReceipt,
  readNodeOrderResult,
  readNodeOutput,
  readNodeResult,
} from "./types.ts";

export interface NodeClientParameters {
  /** Base URL of the node's HTTP service. */
  endpoint: string;
  /** Milliseconds for one transfer; 30,000 if not given. */
  timeout?: number;
  /** Bytes of a body, in either direction; 16 MiB if not given. */
  maxBytes?: number;
}
export interface NodeCallOptions {
  signal?: AbortSignal;
}
export type NodeClientErrorType =
  EndpointInvalidError | NodeContentMismatchError | TransferErrorType;

/** A node's HTTP service. What is addressed by its content is checked against it. */
export interface NodeClient extends NodeBatchCalls {
  readonly endpoint: string;
  /** Hands an input to the node; its commitment goes into the request. */
  putInput: (input: { modelId: ModelId; input: Hex } & NodeCallOptions) => Promise<Hex32>;
  /** The input under a commitment. The caller checks it by the model's scheme. */
  getInput: (parameters: { commitment: Hex32 } & NodeCallOptions) => Promise<NodeInput>;
  /** Hands a signed order to the node, which answers at once and brings it later. The answer's signature is the caller's to check. */
  postOrder: (order: NodeOrder & NodeCallOptions) => Promise<NodeOrderResult>;
  /** The instant answer to a request, with its output. Its signature is the caller's to check. */
  getResult: (parameters: { requestId: RequestId } & NodeCallOptions) => Promise<NodeResult>;
  /** The output bytes under a commitment. */
  getOutput: (parameters: { commitment: Hex32 } & NodeCallOptions) => Promise<Hex>;
  /** The evidence that the node has for a request so far. */
  getEvidence: (parameters: { requestId: RequestId } & NodeCallOptions) => Promise<NodeEvidence>;
  /** Whether and what the node serves. */
  getHealth: (parameters?: NodeCallOptions) => Promise<NodeHealth>;
}

const TIMEOUT = 30_000;
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * A client of one node's HTTP service, with limits on time and size.
 *
 * @example
 * const node = nodeClient({ endpoint: await getEndpoint(client, { deployment, node: address }) });
 * const inputCommitment = await node.putInput({ modelId, input });
 */
export function nodeClient(parameters: NodeClientParameters): NodeClient {
  const { endpoint, timeout = TIMEOUT, maxBytes = MAX_BYTES } = parameters;
  const base = parseEndpoint(endpoint);
  const resolve = (path: string) => new URL(`${base.href.replace(/\/+$/, "")}/${path}`);
  const demandOutput = (url: URL, { output, result }: NodeOrderResult) => {
    if (commitOutput(output) === result.outputCommitment) return;
    throw new NodeContentMismatchError(url.href, "output commitment");
  };
  const get = <T>(path: string, reader: Reader<T>, { signal }: NodeCallOptions) =>
    transfer(resolve(path), { method: "GET" }, reader, { timeout, maxBytes, signal });

  return {
    endpoint: base.href,

    async putInput({ modelId, input, signal }) {
      const request = { method: "PUT", body: { modelId, input } } as const;
      const limits = { timeout, maxBytes, signal };
      const url = resolve("inputs");
      return (await transfer(url, request, readNodeInputReceipt, limits)).commitment;
    },

    getInput: ({ commitment, ...options }) => get(`inputs/${commitment}`, readNodeInput, options),

    async postOrder({ request, signature, signal }) {
      const posted = { method: "POST", body: { request, signature } } as const;
      const url = resolve("orders");
      const answer = await transfer(url, posted, readNodeOrderResult, {
        timeout,
        maxBytes,
        signal,
      });
      demandOutput(url, answer);
      return answer;
    },

    async getResult({ requestId, ...options }) {
      const path = `results/${requestId}`;
      const found = await get(path, readNodeResult, options);
      demandOutput(resolve(path), found);
      return found;
    },

    async getOutput({ commitment, ...options }) {
      const path = `outputs/${commitment}`;
      const { output } = await get(path, readNodeOutput, options);
      if (commitOutput(output) !== commitment.toLowerCase()) {
        throw new NodeContentMismatchError(resolve(path).href, "output commitment");
      }
      return output;
    },

    async getEvidence({ requestId, ...options }) {
      const path = `evidence/${requestId}`;
      const found = await get(path, readNodeEvidence, options);
      if (found.requestId !== requestId.toLowerCase()) {
        throw new NodeContentMismatchError(resolve(path).href, "request id");
      }
      return found;
    },

    getHealth: (options = {}) => get("health", readNodeHealth, options),

    ...batchCalls(resolve, { timeout, maxBytes }),
  };
}
