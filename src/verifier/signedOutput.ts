// SPDX-License-Identifier: MIT
import type { Client, Hex } from "viem";

import { getEndpoint } from "../client/actions/getEndpoint.ts";
import type { Deployment } from "../client/deployment.ts";
import { nodeClient } from "../client/node/nodeClient.ts";
import type { RequestId } from "../protocol/ids.ts";
import type { Result } from "../protocol/request.ts";
import { EndpointMissingError } from "./errors.ts";

/** What only the node has: its output, and its signature over the result. */
export interface SignedOutput {
  /** The output bytes. */
  output: Hex;
  /** The node's EIP-712 signature over the result, 65 bytes. */
  signature: Hex;
}
/** Gets the signed output of a request from wherever it is kept. */
export type FetchOutput = (parameters: {
  requestId: RequestId;
  result: Result;
}) => Promise<SignedOutput>;

/** Gets it from the HTTP service of the node that served the request. */
export function outputFromNode(client: Client, deployment: Deployment): FetchOutput {
  return async ({ requestId, result }) => {
    const endpoint = await getEndpoint(client, { deployment, node: result.node });
    if (endpoint === "") throw new EndpointMissingError(result.node);
    return nodeClient({ endpoint }).getResult({ requestId });
  };
}
