// SPDX-License-Identifier: MIT
import { isAddressEqual } from "viem";
import { getChainId, getCode } from "viem/actions";

import { withCallErrors } from "../../client/revert.ts";
import { readBlock, readLatestBlockNumber } from "../chainReads.ts";
import type { VerificationContext } from "../context.ts";
import { demand } from "../report.ts";

/** The receipt is of the trusted market, on the chain that the RPC serves, and its block is part of that chain. */
export async function checkChain({
  client,
  deployment,
  receipt,
}: VerificationContext): Promise<string> {
  const { chainId, market, settledAt } = receipt;
  const served = await withCallErrors("eth_chainId", getChainId(client));
  demand(
    served === deployment.chainId,
    `The RPC serves chain ${served}, the deployment is on chain ${deployment.chainId}.`,
  );
  demand(chainId === served, `The receipt is of chain ${chainId}, the RPC serves chain ${served}.`);
  demand(
    isAddressEqual(market, deployment.market),
    `The receipt is of market ${market}, the deployment's market is ${deployment.market}.`,
  );
  const code = await withCallErrors("eth_getCode", getCode(client, { address: market }));
  demand(code !== undefined, `There is no contract at the market's address ${market}.`);

  const latest = await readLatestBlockNumber(client);
  const { blockNumber, blockHash, timestamp } = settledAt;
  demand(blockNumber <= latest, `Block ${blockNumber} does not exist: the newest is ${latest}.`);
  const block = await readBlock(client, blockNumber);
  demand(
    block.hash === blockHash,
    `Block ${blockNumber} of the chain has another hash: the receipt's block was reorganised away.`,
  );
  demand(
    block.timestamp === timestamp,
    `Block ${blockNumber} has the timestamp ${block.timestamp}, the receipt says ${timestamp}.`,
  );
  return `Settled on chain ${chainId}, market ${market}, in canonical block ${blockNumber}, ${latest - blockNumber} blocks ago.`;
}
