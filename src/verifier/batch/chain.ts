// SPDX-License-Identifier: MIT
import { type Client, isAddressEqual } from "viem";
import { getChainId, getCode } from "viem/actions";

import { batchSettlerAbi } from "../../abi/batchSettler.ts";
import type { Deployment } from "../../client/deployment.ts";
import { eventsOf } from "../../client/events.ts";
import { withCallErrors } from "../../client/revert.ts";
import { hashBatch } from "../../protocol/batch.ts";
import type { BatchReceiptDocument } from "../../protocol/batch-receipt.ts";
import { readBlock, readLatestBlockNumber, readTransactionReceipt } from "../chainReads.ts";
import { type Position, positionOf } from "../marketLogs.ts";
import { demand } from "../report.ts";

/** The document is of the trusted contracts, and the trusted settler posted this very batch where the document says. */
export async function checkBatchChain(
  client: Client,
  deployment: Deployment,
  document: BatchReceiptDocument,
): Promise<{ postedAt: Position; explanation: string }> {
  const { chainId, market, settler, header, batchId, postedIn } = document;
  const served = await withCallErrors("eth_chainId", getChainId(client));
  demand(
    served === deployment.chainId,
    `The RPC serves chain ${served}, the deployment is on chain ${deployment.chainId}.`,
  );
  demand(chainId === served, `The receipt is of chain ${chainId}, the RPC serves chain ${served}.`);
  demand(
    isAddressEqual(market, deployment.market) && isAddressEqual(settler, deployment.batchSettler),
    `The receipt is of market ${market} and settler ${settler}, not of the deployment's.`,
  );
  const code = await withCallErrors("eth_getCode", getCode(client, { address: settler }));
  demand(code !== undefined, `There is no contract at the settler's address ${settler}.`);

  const id = hashBatch(header);
  demand(id === batchId, `The header has the id ${id}, the receipt says ${batchId}.`);
  const latest = await readLatestBlockNumber(client);
  const { transactionHash, blockNumber, blockHash, timestamp } = postedIn;
  demand(blockNumber <= latest, `Block ${blockNumber} does not exist: the newest is ${latest}.`);
  const block = await readBlock(client, blockNumber);
  demand(
    block.hash === blockHash && block.timestamp === timestamp,
    `Block ${blockNumber} of the chain is another: the receipt's block was reorganised away.`,
  );
  const transaction = await readTransactionReceipt(client, transactionHash);
  demand(
    transaction.status === "success" && transaction.blockHash === blockHash,
    "The posting's transaction is not in the block that the receipt names.",
  );
  const posted = eventsOf(transaction.logs, {
    abi: batchSettlerAbi,
    address: settler,
    eventName: "BatchPosted",
  }).find(({ args }) => args.batchId === batchId);
  demand(posted !== undefined, "The settler did not post this batch in the transaction named.");
  const explanation = `Posted on chain ${chainId}, settler ${settler}, in canonical block ${blockNumber}, ${latest - blockNumber} blocks ago.`;
  return { postedAt: positionOf(posted), explanation };
}
