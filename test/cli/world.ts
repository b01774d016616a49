// SPDX-License-Identifier: MIT
// One local chain of this process's own, deployed to and served by the real command, for all tests of the command.
import { createServer, type Server } from "node:http";
import { mkdtemp, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { network } from "hardhat";
import {
  createTestClient,
  createWalletClient,
  getAddress,
  hexToBytes,
  http,
  type Hex,
  keccak256,
  parseAbi,
  parseEther,
  publicActions,
  toHex,
  zeroHash,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";

import { digitsModel } from "../../scripts/digits-model.ts";
import { DEVELOPMENT_ACCOUNTS, developmentKey } from "../../src/cli/accounts.ts";
import {
  type Deployment,
  parseDeployment,
  registerModel,
  registerNode,
} from "../../src/client/index.ts";
import { readNodeInput } from "../../src/client/node/types.ts";
import { pathsToSet, Role } from "../../src/protocol/index.ts";
import { parseJson, toCanonicalJson } from "../../src/protocol/json.ts";
import { commitInput, loadModel, weightsCommitment } from "../../src/zkml/index.ts";
import { type Running, runJson, start } from "./assay.ts";

export type World = Awaited<ReturnType<typeof makeWorld>>;

const TOKEN_ABI = parseAbi(["function mint(address account, uint256 amount)"]);

/** Keys are fixed, so that a failure can be repeated. */
export const keyOf = (name: string): Hex =>
  keccak256(toHex(`key of ${name} in the tests of assay`));

export async function makeWorld() {
  const server = await network.createServer("node", "127.0.0.1", 0);
  const { address, port } = await server.listen();
  const rpcUrl = `http://${address}:${port}`;
  const folder = await mkdtemp(join(tmpdir(), "assay-cli-"));
  const stops: (() => Promise<unknown>)[] = [
    () => rm(folder, { recursive: true, force: true }),
    () => server.close(),
  ];
  const close = async () => {
    for (const stop of stops.toReversed()) await stop();
  };
  try {
    const deployed = await runJson<Deployment>([
      "deploy",
      `--rpc=${rpcUrl}`,
      "--parameters=demo",
      `--folder=${folder}`,
    ]);
    const deployment = parseDeployment(JSON.stringify(deployed.value));
    const book = join(folder, "addresses.json");
    const chain = createTestClient({ mode: "hardhat", transport: http(rpcUrl) }).extend(
      publicActions,
    );
    const walletOf = (key: Hex) =>
      createWalletClient({
        account: privateKeyToAccount(key),
        transport: http(rpcUrl),
        pollingInterval: 100,
      });
    const deployer = walletOf(developmentKey(DEVELOPMENT_ACCOUNTS.deployer));
    const mint = async (account: Hex, tokens: string) => {
      await chain.waitForTransactionReceipt({
        hash: await deployer.writeContract({
          chain: null,
          address: deployment.token,
          abi: TOKEN_ABI,
          functionName: "mint",
          args: [account, parseEther(tokens)],
        }),
      });
    };
    /** An account with ether, and with tokens if any are given. */
    const fund = async (name: string, tokens = "0"): Promise<Hex> => {
      const key = keyOf(name);
      const account = privateKeyToAccount(key).address;
      await chain.setBalance({ address: account, value: parseEther("10") });
      if (tokens !== "0") await mint(account, tokens);
      return key;
    };

    const nodes: Running = start([
      "nodes",
      `--rpc=${rpcUrl}`,
      `--deployment=${book}`,
      `--folder=${join(folder, "nodes")}`,
      "--json",
    ]);
    stops.push(() => {
      nodes.child.kill("SIGTERM");
      return nodes.ended;
    });
    const line = await nodes.line("stdout", /^\{.*\}\n/);
    const started = JSON.parse(line) as {
      nodes?: { name: string; address: string; endpoint: string; logFile: string }[];
    };
    if (started.nodes === undefined) throw new TypeError(`the nodes did not start: ${line}`);

    /** The same model by another publisher, with nothing but claims. */
    const claimsOnly = async (): Promise<Hex> => {
      const publisher = walletOf(await fund("publisher"));
      const weights = weightsCommitment(await loadModel("digits"));
      const version = digitsModel({
        publisher: publisher.account.address,
        weights,
        verifyingKeyId: zeroHash,
      });
      const model = { ...version, paths: pathsToSet(["vanilla"]) };
      return (await registerModel(publisher, { deployment, model })).modelId;
    };

    /** A registered node that takes inputs and never answers. */
    const startSilentNode = async (): Promise<Hex> => {
      const wallet = walletOf(await fund("silent", "1000"));
      const node = getAddress(wallet.account.address);
      const silent = await serveSilently({ node, deployment });
      stops.push(silent.close);
      await registerNode(wallet, {
        deployment,
        role: Role.INFERENCE,
        amount: parseEther("1000"),
        endpoint: silent.endpoint,
      });
      return node;
    };

    const at = [`--rpc=${rpcUrl}`, `--deployment=${book}`];
    return {
      at,
      book,
      chain,
      claimsOnly,
      close,
      deployment,
      folder,
      fund,
      nodes: started.nodes,
      port: Number(port),
      rpcUrl,
      startSilentNode,
      walletOf,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function serveSilently({ node, deployment }: { node: Hex; deployment: Deployment }) {
  const model = await loadModel("digits");
  const health = {
    status: "ok",
    role: "inference",
    version: "0.1.0",
    node,
    chainId: deployment.chainId,
    market: deployment.market,
    block: 1n,
    models: [],
  };
  const server: Server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      if (request.url === "/health") return response.end(toCanonicalJson(health));
      if (request.method !== "PUT") return response.writeHead(404).end("{}");
      const { input } = parseJson(body, readNodeInput, { what: "body", limit: 10_000 });
      return response.end(toCanonicalJson({ commitment: commitInput(model, hexToBytes(input)) }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { endpoint: `http://127.0.0.1:${port}`, close };
}
