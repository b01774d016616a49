// SPDX-License-Identifier: MIT
import { existsSync } from "node:fs";
import { join } from "node:path";

import {
  createPublicClient,
  createWalletClient,
  defineChain,
  http,
  type Account,
  type Chain,
  type HttpTransport,
  type PublicClient,
  type WalletClient,
} from "viem";

import {
  ChainMismatchError,
  fetchDeployment,
  parseDeployment,
  type Deployment,
} from "../client/index.ts";
import type { ModelId } from "../protocol/ids.ts";
import { findModelVersion, type ModelVersion } from "../node/find-models.ts";
import { loadModel, type QuantisedModel } from "../zkml/index.ts";
import { parseAddress } from "./arguments.ts";
import { packageRoot } from "./checkout.ts";
import {
  ChainUnreachableError,
  DeploymentStaleError,
  DeploymentUnknownError,
  ModelUnknownError,
} from "./errors.ts";
import { readText } from "./files.ts";

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
    const market = parseAddress("--market", options.market);
    deployment = await fetchDeployment(client, { market });
  } else if (options.deployment !== undefined || existsSync(book)) {
    deployment = parseDeployment(await readText(book));
  } else {
    throw new DeploymentUnknownError(chain.id, rpcUrl);
  }
  if (deployment.chainId !== chain.id) throw new ChainMismatchError(chain.id, deployment.chainId);
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

/** A model of this package by its name. */
export async function loadNamedModel(name: string): Promise<QuantisedModel> {
  if (!MODELS.includes(name)) throw new ModelUnknownError(name, MODELS);
  return loadModel(name);
}

/** The registered version of a model of this package, the one that nodes serve; another can be named. */
export async function findModel(
  { client, deployment }: Context,
  { name, modelId }: { name: string; modelId?: ModelId | undefined },
): Promise<ModelVersion> {
  return findModelVersion(client, { deployment, name, model: await loadNamedModel(name), modelId });
}
