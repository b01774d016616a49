// SPDX-License-Identifier: MIT
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import {
  createPublicClient,
  createWalletClient,
  defineChain,
  getAddress,
  http,
  isAddress,
  type Account,
  type Chain,
  type HttpTransport,
  type PublicClient,
  type WalletClient,
} from "viem";

import { fetchDeployment, parseDeployment, type Deployment } from "../client/index.ts";
import type { ModelId } from "../protocol/ids.ts";
import { findModelVersion, type ModelVersion } from "../node/find-models.ts";
import { loadModel } from "../zkml/index.ts";
import { packageRoot } from "./checkout.ts";
import {
  ArgumentInvalidError,
  ChainUnreachableError,
  DeploymentStaleError,
  DeploymentUnknownError,
  FileUnreadableError,
  ModelUnknownError,
} from "./errors.ts";

/** The RPC that is used when none is named: that of `npx hardhat node`. */
export const DEFAULT_RPC_URL = "http://127.0.0.1:8545";

/** Options that every command on a chain takes. */
export interface ChainOptions {
  rpc: string;
  market?: string;
  deployment?: string;
}

/** A chain and what is deployed on it. */
export interface Context {
  rpcUrl: string;
  chain: Chain;
  client: PublicClient<HttpTransport, Chain>;
  deployment: Deployment;
}

const POLLING_INTERVAL_MS = 250;

/** Connects to the chain; nothing needs to be deployed. */
export async function connectChain(
  rpcUrl: string,
): Promise<Pick<Context, "rpcUrl" | "chain" | "client">> {
  let chainId: number;
  try {
    chainId = await createPublicClient({ transport: http(rpcUrl, { retryCount: 1 }) }).getChainId();
  } catch (cause) {
    throw new ChainUnreachableError(rpcUrl, cause);
  }
  const chain = defineChain({
    id: chainId,
    name: `chain ${chainId}`,
    nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
    rpcUrls: { default: { http: [rpcUrl] } },
  });
  const client = createPublicClient({
    chain,
    transport: http(rpcUrl),
    pollingInterval: POLLING_INTERVAL_MS,
  });
  return { rpcUrl, chain, client };
}

/**
 * Connects to the chain and finds the deployment: the named file, the named market, or the address book that
 * `npm run deploy` wrote for this chain.
 */
export async function connect(options: ChainOptions): Promise<Context> {
  const connected = await connectChain(options.rpc);
  const { client, chain, rpcUrl } = connected;
  const book =
    options.deployment ?? join(packageRoot, "deployments", String(chain.id), "addresses.json");

  let deployment: Deployment;
  if (options.market !== undefined) {
    if (!isAddress(options.market))
      throw new ArgumentInvalidError("--market", options.market, "an address");
    deployment = await fetchDeployment(client, { market: getAddress(options.market) });
  } else if (existsSync(book)) {
    deployment = parseDeployment(await readText(book));
  } else if (options.deployment !== undefined) {
    throw new FileUnreadableError(book, undefined);
  } else {
    throw new DeploymentUnknownError(chain.id, rpcUrl);
  }
  if ((await client.getCode({ address: deployment.market })) === undefined)
    throw new DeploymentStaleError(chain.id, deployment.market);
  return { ...connected, deployment };
}

/** A client that signs with `account` on the context's chain. */
export function walletOf(
  { chain, rpcUrl }: Pick<Context, "chain" | "rpcUrl">,
  account: Account,
): WalletClient<HttpTransport, Chain, Account> {
  return createWalletClient({
    account,
    chain,
    transport: http(rpcUrl),
    pollingInterval: POLLING_INTERVAL_MS,
  });
}

/** Models of this package. */
const MODELS: readonly string[] = ["digits"];

/** The registered version of a model of this package that nodes serve, too; a version can be named. */
export async function findModel(
  { client, deployment }: Context,
  { name, modelId }: { name: string; modelId?: ModelId },
): Promise<ModelVersion> {
  if (!MODELS.includes(name)) throw new ModelUnknownError(name, MODELS);
  return findModelVersion(client, { deployment, name, model: await loadModel(name), modelId });
}

/** Reads a text file named on the command line. */
export async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new FileUnreadableError(path, cause);
  }
}

/** Reads a file named on the command line. */
export async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new FileUnreadableError(path, cause);
  }
}
