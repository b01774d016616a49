// SPDX-License-Identifier: MIT
import { type Address, type Client, createClient, type Hex, http, type Transport } from "viem";
import { type PrivateKeyAccount, privateKeyToAccount } from "viem/accounts";
import { getChainId, getCode } from "viem/actions";

import type { Deployment } from "../client/deployment.ts";
import { withCallErrors } from "../client/revert.ts";
import { isLocalChain } from "../protocol/chains.ts";
import { type AssayDomain, assayDomain } from "../protocol/typed-data.ts";
import { MarketMissingError, PrivateKeyInvalidError, WrongChainError } from "./errors.ts";
import { meterTransport } from "./metrics/meters.ts";
import type { Metrics } from "./metrics/metrics.ts";
import { FIRST_ATTEMPTS, outlast } from "./outage.ts";
import type { NodeOptions } from "./types.ts";

/** viem's client with the node's own account. */
export type ChainClient = Client<Transport, undefined, PrivateKeyAccount>;

/** The chain, as one node sees it. */
export interface Chain {
  /** For reads and signatures; transactions go through the queue. */
  client: ChainClient;
  address: Address;
  /** Keys that only pay for gas. */
  gasPayers: readonly PrivateKeyAccount[];
  deployment: Deployment;
  domain: AssayDomain;
  isLocal: boolean;
}

const RPC_TIMEOUT_MS = 10_000;

function toAccount(privateKey: Hex): PrivateKeyAccount {
  if (!/^0x[0-9a-fA-F]{64}$/.test(privateKey)) throw new PrivateKeyInvalidError();
  try {
    return privateKeyToAccount(privateKey);
  } catch {
    // The cause is dropped on purpose: it may show the key.
    throw new PrivateKeyInvalidError();
  }
}

/**
 * Connects to the chain and checks that it is the deployment's.
 *
 * @throws {PrivateKeyInvalidError}, {@link WrongChainError} or {@link MarketMissingError}, and what a read throws.
 */
export async function connectChain(options: NodeOptions, metrics: Metrics): Promise<Chain> {
  const {
    deployment,
    rpcUrl,
    pollingIntervalMs: pollingInterval = 250,
    transport = http,
  } = options;
  const account = toAccount(options.privateKey);
  const primary = transport(rpcUrl, { timeout: RPC_TIMEOUT_MS, retryCount: 2 });
  const client = createClient({
    account,
    transport: meterTransport(primary, metrics, "primary"),
    pollingInterval,
    cacheTime: 0,
  });

  const patience = { signal: options.signal, logger: options.logger, attempts: FIRST_ATTEMPTS };
  const chainId = await outlast(patience, () => withCallErrors("eth_chainId", getChainId(client)));
  if (chainId !== deployment.chainId) throw new WrongChainError(chainId, deployment.chainId);
  const code = await outlast(patience, () =>
    withCallErrors("eth_getCode", getCode(client, { address: deployment.market })),
  );
  if (code === undefined) throw new MarketMissingError(deployment.market);

  return {
    client,
    address: account.address,
    gasPayers: (options.gasPayerKeys ?? []).map(toAccount),
    deployment,
    domain: assayDomain(deployment),
    isLocal: isLocalChain(chainId),
  };
}
