// SPDX-License-Identifier: MIT
import { type Account, type Address, type Client, isAddressEqual } from "viem";
import { parseAccount } from "viem/utils";

import { chargeOf } from "../protocol/batch-judge.ts";
import type { Request } from "../protocol/request.ts";
import { recoverResultSigner } from "../protocol/signatures.ts";
import { assayDomain, hashRequest } from "../protocol/typed-data.ts";
import { getChannel } from "./actions/getChannel.ts";
import { signBatchRequest } from "./actions/signBatchRequest.ts";
import { signClosing } from "./actions/signClosing.ts";
import { closeChannel, type CloseChannelReturnType } from "./actions/closeChannel.ts";
import { signVoucher } from "./actions/signVoucher.ts";
import type { DeploymentWith } from "./deployment.ts";
import {
  AccountMissingError,
  ChannelAllowanceError,
  NodeContentMismatchError,
  NodeNotFoundError,
  NodeRefusedError,
} from "./errors.ts";
import type { BatchAnswer, BatchOrder } from "./node/batches.ts";
import type { NodeCallOptions, NodeClient } from "./node/nodeClient.ts";

const FAILED = 500;

/** How far a channel is used, as its client knows it: to be kept, so that another process can go on. */
export interface ChannelUse {
  /** Index of the next request. */
  count: number;
  /** Token units that the requests so far may cost together, at most. */
  charge: bigint;
  /** An order whose answer was not seen: the node may have taken it. */
  pending?: BatchOrder | undefined;
}

export interface ChannelClientParameters {
  deployment: DeploymentWith<"batchSettler" | "market">;
  /** The channel's node, and its HTTP service. */
  node: Address;
  service: NodeClient;
  /** Whose channel it is; the client's account if not given. It must hold its money and name the signer. */
  client?: Address;
  /** Who signs; the client's account if not given. */
  account?: Account | Address;
  /** Token units for the channel's whole life: more is never signed. What the channel holds if not given. */
  allowance?: bigint;
  /** From an earlier process; as the chain has the channel if not given. */
  use?: ChannelUse;
}

/** A client's end of a channel. */
export interface ChannelClient {
  readonly use: Readonly<ChannelUse>;
  /** Signs a request with its voucher, sends both, and checks what the node answers. One at a time: the others wait. */
  send(request: Request, options?: NodeCallOptions): Promise<BatchAnswer>;
  /** Has the node sign that it claims nothing more, and takes back what is left. Only once all requests are posted. */
  close(): Promise<CloseChannelReturnType>;
}

/**
 * Keeps count of a channel: the next index, and the most that the node may charge so far. It never signs for more than its
 * allowance. What a request really cost, and not its `maxFee`, counts once the answer is there.
 *
 * @example
 * const channel = await channelClient(wallet, { deployment, node, service: nodeClient({ endpoint }) });
 * const { output } = await channel.send(request);
 *
 * @throws {ChannelAllowanceError} before anything is signed, and what transfers throw.
 */
export async function channelClient(
  client: Client,
  parameters: ChannelClientParameters,
): Promise<ChannelClient> {
  const { deployment, node, service, account: given = client.account } = parameters;
  if (given === undefined) throw new AccountMissingError("Signing for a channel");
  const account = parseAccount(given);
  const signer = account.address;
  const { client: owner = client.account?.address ?? signer } = parameters;
  const stored = await getChannel(client, { deployment, client: owner, node, signer });
  const { allowance = stored.deposited } = parameters;
  const domain = assayDomain(deployment);
  let use = parameters.use ?? { count: stored.count, charge: stored.charged };
  let last: Promise<unknown> = Promise.resolve();

  const sign = async (request: Request): Promise<BatchOrder> => {
    const { count: index, charge } = use;
    const maxCharge = charge + request.maxFee;
    if (maxCharge > allowance) throw new ChannelAllowanceError(maxCharge, allowance);
    const signing = { deployment, account };
    return {
      request,
      index,
      signature: await signBatchRequest(client, { ...signing, request, index }),
      maxCharge,
      voucherSignature: await signVoucher(client, {
        ...signing,
        client: owner,
        node,
        count: index + 1,
        maxCharge,
      }),
    };
  };

  const deliver = async (order: BatchOrder, options: NodeCallOptions): Promise<BatchAnswer> => {
    use = { ...use, pending: order };
    try {
      const answer = await service.orderReceipt({ ...order, ...options });
      await assertAnswer(order, answer);
      const charge =
        order.maxCharge - order.request.maxFee + chargeOf({ ...order, ...answer.result });
      use = { count: order.index + 1, charge };
      return answer;
    } catch (error) {
      // What the node refuses it did not take; whether it took what it failed on is not known. A wrong answer may be charged
      // all the same.
      if (
        error instanceof NodeNotFoundError ||
        (error instanceof NodeRefusedError && error.status !== FAILED)
      )
        use = { count: use.count, charge: use.charge };
      if (error instanceof NodeContentMismatchError)
        use = { count: order.index + 1, charge: order.maxCharge };
      throw error;
    }
  };

  const assertAnswer = async ({ request, index }: BatchOrder, answer: BatchAnswer) => {
    const { result, signature } = answer;
    const bound = { ...result, requestId: hashRequest(domain, request) };
    const signed = await recoverResultSigner(domain, bound, signature);
    if (
      answer.index !== index ||
      signed === undefined ||
      !isAddressEqual(signed, node) ||
      !isAddressEqual(result.node, node)
    )
      throw new NodeContentMismatchError(service.endpoint, "result");
  };

  const sendNext = async (request: Request, options: NodeCallOptions): Promise<BatchAnswer> => {
    const { pending } = use;
    if (pending !== undefined) {
      const isSame = hashRequest(domain, pending.request) === hashRequest(domain, request);
      const answer = await deliver(pending, options).catch((error: unknown) => {
        if (isSame || use.pending !== undefined) throw error;
      });
      if (isSame && answer !== undefined) return answer;
    }
    return deliver(await sign(request), options);
  };

  return {
    get use() {
      return use;
    },

    send(request, options = {}) {
      const sent = last.then(() => sendNext(request, options));
      last = sent.catch(() => undefined);
      return sent;
    },

    async close() {
      const channel = { client: owner, node, signer };
      const { count, until } = await getChannel(client, { deployment, ...channel });
      const closing = { client: owner, signer, count, until };
      const asked = await signClosing(client, { deployment, account, ...closing });
      const signature = await service.orderClosing({ ...closing, signature: asked });
      return closeChannel(client, { deployment, ...channel, signature });
    },
  };
}
