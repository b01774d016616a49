// SPDX-License-Identifier: MIT
// `npm run deploy -- --network localhost`: deploys every contract, registers the digit model with what verifies it, and
// writes the address book to deployments/<chain id>/. Local chains get a test token; elsewhere name one with --token.
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

import { Command } from "commander";
import { network, tasks } from "hardhat";
import type { Address, Hex } from "viem";
import { getAddress, zeroHash } from "viem";

import { addressesOf } from "../ignition/addresses.ts";
import Assay from "../ignition/modules/Assay.ts";
import LocalToken from "../ignition/modules/LocalToken.ts";
import {
  allowMeasurement,
  bindKey,
  registerKey,
  registerModel,
  serializeDeployment,
  type Deployment,
} from "../src/client/index.ts";
import { isLocalChain } from "../src/protocol/chains.ts";
import { computeMeasurement } from "../src/tee/index.ts";
import {
  loadModel,
  loadVerifyingKey,
  toContractVerifyingKey,
  weightsCommitment,
} from "../src/zkml/index.ts";
import { INTEGER_RUNTIME } from "../src/zkml/runtime-identity.ts";
import { digitsModel } from "./digits-model.ts";

const options = new Command("deploy")
  .description("Deploy Assay and register the digit model")
  .option("--network <name>", "network of hardhat.config.ts", "localhost")
  .option("--rpc <url>", "RPC endpoint; overrides the network's")
  .option(
    "--parameters <name>",
    "file of ignition/parameters without its ending; by default the chain's kind",
  )
  .option(
    "--token <address>",
    "settlement token; a test token is deployed on chains that have none",
  )
  .option("--folder <path>", "where the address book goes; by default deployments/<chain id>/")
  .option("--fresh", "ignore the journal of an earlier deployment to this chain id")
  .option("--json", "print one JSON object")
  .parse()
  .opts<{
    network: string;
    rpc?: string;
    parameters?: string;
    token?: string;
    folder?: string;
    fresh?: true;
    json?: true;
  }>();

const say = (line: string): void => console.error(line);
const root = new URL("../", import.meta.url);

if (options.rpc) process.env["ASSAY_RPC_URL"] = options.rpc;
// What Hardhat and the contracts say is enough; their stacks are not for who deploys.
process.once("uncaughtException", ({ message }) => {
  say(`error ${message}`);
  process.exit(1);
});
const connection = await network.create(options.network);
const publicClient = await connection.viem.getPublicClient();
const chainId = await publicClient.getChainId();
const deployer = (await connection.viem.getWalletClients())[0] ?? endWithoutAccount();
const local = isLocalChain(chainId);

await build();
const parameters = await readParameters(options.parameters ?? (local ? "local" : "testchain"));
say(`Deploying to chain ${chainId} ...`);
const block = await publicClient.getBlockNumber();
const token = options.token ? getAddress(options.token) : await deployToken();
const deployed = await deployModule(journalOf(`chain-${chainId}`), (deploymentId) =>
  connection.ignition.deploy(Assay, {
    deploymentId,
    parameters: { Assay: { ...parameters, token } },
  }),
);

const deployment: Deployment = {
  chainId,
  token,
  ...addressesOf(deployed),
  block,
};
const digits = await registerDigits();

const folder = options.folder ?? fileURLToPath(new URL(`deployments/${chainId}/`, root));
await mkdir(folder, { recursive: true });
await writeFile(join(folder, "addresses.json"), `${serializeDeployment(deployment)}\n`);

if (options.json) {
  console.log(serializeDeployment(deployment));
} else {
  for (const [name, value] of Object.entries(deployment))
    console.log(`${name.padEnd(16)} ${value}`);
  console.log(`${"model digits".padEnd(16)} ${digits}`);
  console.log(`\nAddress book: ${relative(process.cwd(), folder)}/addresses.json`);
}
await connection.close();

/** Compiles what has changed; warnings, all about dependencies, are shown by `npm run check`. */
async function build(): Promise<void> {
  say("Compiling contracts, half a minute the first time ...");
  const { warn } = console;
  console.warn = () => {};
  try {
    await tasks.getTask("build").run({ quiet: true, noTests: true });
  } finally {
    console.warn = warn;
  }
}

/**
 * Where an interrupted deployment goes on. A local chain forgets its past when it restarts, so there, as with --fresh, the journal
 * has a name of its own and is thrown away.
 */
function journalOf(name: string): string {
  return local || options.fresh ? `discarded-${name}-${process.pid}-${Date.now()}` : name;
}

async function deployModule<result>(
  deploymentId: string,
  run: (deploymentId: string) => Promise<result>,
): Promise<result> {
  try {
    return await run(deploymentId);
  } finally {
    if (deploymentId.startsWith("discarded-"))
      await rm(new URL(`ignition/deployments/${deploymentId}/`, root), {
        recursive: true,
        force: true,
      });
  }
}

function endWithoutAccount(): never {
  say("The network has no account to deploy with: set ASSAY_DEPLOYER_KEY, or use a local chain.");
  process.exit(3);
}

async function deployToken(): Promise<Address> {
  say("No --token given: deploying a test token that anybody can mint.");
  const { token: deployedToken } = await deployModule(
    journalOf(`chain-${chainId}-token`),
    (deploymentId) => connection.ignition.deploy(LocalToken, { deploymentId }),
  );
  return getAddress(deployedToken.address);
}

/** Reads a parameter file; quoted integers are token amounts beyond what JSON numbers hold. */
async function readParameters(name: string): Promise<Record<string, never>> {
  const text = await readFile(new URL(`ignition/parameters/${name}.json`, root), "utf8");
  return JSON.parse(text, (_key, value: unknown) =>
    typeof value === "string" && /^\d+$/.test(value) ? BigInt(value) : value,
  ) as Record<string, never>;
}

/**
 * Registers key, model and enclave measurement. Development keys are refused off local chains: there the model goes without
 * the ZKML path.
 */
async function registerDigits(): Promise<Hex> {
  const weights = weightsCommitment(await loadModel("digits"));
  const key = toContractVerifyingKey(await loadVerifyingKey("digits"));
  let verifyingKeyId: Hex = zeroHash;
  if (local || !key.development) {
    ({ keyId: verifyingKeyId } = await registerKey(deployer, { deployment, key }));
  } else {
    say("The digit model's key is a development key, which this chain refuses: no ZKML path.");
  }
  const publisher = deployer.account.address;
  const model = digitsModel({ publisher, weights, verifyingKeyId });
  const { modelId } = await registerModel(deployer, { deployment, model });
  if (verifyingKeyId !== zeroHash) await bindKey(deployer, { deployment, modelId });
  const measurement = computeMeasurement({ runtime: INTEGER_RUNTIME, weights });
  await allowMeasurement(deployer, { deployment, modelId, measurement });
  return modelId;
}
