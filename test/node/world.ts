// SPDX-License-Identifier: MIT
// A local chain of its own with all contracts and the digit model, and nodes that run in this process as they would in
// theirs. Windows are short; a block a second keeps the clock going.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { config, network } from "hardhat";
import { pino } from "pino";
import {
  createTestClient,
  createWalletClient,
  getAddress,
  type Hex,
  http,
  keccak256,
  parseEther,
  publicActions,
  toHex,
  zeroAddress,
  zeroHash,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";

import { addressesOf } from "../../ignition/addresses.ts";
import Assay from "../../ignition/modules/Assay.ts";
import LocalToken from "../../ignition/modules/LocalToken.ts";
import { digitsModel } from "../../scripts/digits-model.ts";
import {
  allowMeasurement,
  approveAndDeposit,
  type Deployment,
  getParameters,
  nodeClient,
  openRequest,
  registerKey,
  registerModel,
  reserve,
  signOrder,
} from "../../src/client/index.ts";
import {
  startInferenceNode,
  startVerificationNode,
  type InferenceNodeOptions,
  type RunningNode,
} from "../../src/node/index.ts";
import {
  assayDomain,
  defaultDeadlines,
  hashRequest,
  pathsToSet,
  type Request,
} from "../../src/protocol/index.ts";
import { toCanonicalJson } from "../../src/protocol/json.ts";
import { computeMeasurement } from "../../src/tee/index.ts";
import {
  commitInput,
  loadDigitImage,
  loadModel,
  loadVerifyingKey,
  toContractVerifyingKey,
  weightsCommitment,
} from "../../src/zkml/index.ts";
import { INTEGER_RUNTIME } from "../../src/zkml/runtime-identity.ts";

export const tokens = (amount: string): bigint => parseEther(amount);

/** Few, so that pools are taken while a test runs. */
const POOL_BLOCKS = 5;
const PARAMETERS = {
  minStake: tokens("100"),
  unbondingPeriod: 3_600,
  registrarQuorum: 2,
  maxKeyLife: 86_400,
  measurementDelay: 0,
  market: {
    challengeWindow: 12,
    disputeWindow: 60,
    longestOrder: 600,
    maxCallbackGas: 500_000,
    verificationBps: 1_000,
    dataBps: 500,
  },
  court: {
    challengeBond: tokens("10"),
    jurorPenalty: tokens("5"),
    proveWindow: 45,
    commitWindow: 15,
    revealWindow: 20,
    jurySize: 3,
    burnBps: 8_000,
    seedDelay: 2,
  },
  batches: { signerPenalty: tokens("10"), demandBond: tokens("1"), responseWindow: 30 },
};

/** For tests in which nodes lose time: their clocks are moved on when all is done. */
export const WIDE_WINDOWS = {
  unbondingPeriod: 40_000,
  market: { challengeWindow: 300, disputeWindow: 900, longestOrder: 20_000 },
  court: { proveWindow: 600 },
};

/** Keys are fixed, so that a failure can be repeated. */
export const keyOf = (name: string): Hex => keccak256(toHex(`key of ${name} in the node tests`));

/** Polls until the answer is given; a deadline instead of sleeps. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined>,
  timeout = 60_000,
): Promise<T> {
  const deadline = Date.now() + timeout;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new RangeError(`${what} did not happen in ${timeout} ms`);
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
}

export type World = Awaited<ReturnType<typeof makeWorld>>;

/** @param windows Other seconds than the short ones that tests of nodes in this process use. */
export async function makeWorld(
  windows: {
    unbondingPeriod?: number;
    market?: Partial<typeof PARAMETERS.market>;
    court?: Partial<typeof PARAMETERS.court>;
  } = {},
) {
  const server = await network.createServer("node", "127.0.0.1", 0);
  const { address, port } = await server.listen();
  const rpcUrl = `http://${address}:${port}`;
  const connection = await network.create({ network: "localhost", override: { url: rpcUrl } });
  const transport = http(rpcUrl);
  const publisherAccount = privateKeyToAccount(keyOf("publisher"));
  const walletOf = (name: string) =>
    createWalletClient({
      account: privateKeyToAccount(keyOf(name)),
      transport,
      pollingInterval: 100,
    }).extend(publicActions);
  const chain = createTestClient({ mode: "hardhat", transport, cacheTime: 0 }).extend(
    publicActions,
  );

  const block = await chain.getBlockNumber();
  // The journal of a chain that will be gone is thrown away.
  const deploymentId = `discarded-node-test-${process.pid}-${port}`;
  const { token } = await connection.ignition.deploy(LocalToken, { deploymentId });
  const deployed = await connection.ignition.deploy(Assay, {
    deploymentId,
    parameters: {
      Assay: {
        ...PARAMETERS,
        unbondingPeriod: windows.unbondingPeriod ?? PARAMETERS.unbondingPeriod,
        market: { ...PARAMETERS.market, ...windows.market },
        court: { ...PARAMETERS.court, ...windows.court },
        token: token.address,
      },
    },
  });
  await rm(join(config.paths.ignition, "deployments", deploymentId), { recursive: true });
  const deployment: Deployment = {
    chainId: await chain.getChainId(),
    token: getAddress(token.address),
    ...addressesOf(deployed),
    block,
  };
  const fund = async (name: string): Promise<void> => {
    const account = privateKeyToAccount(keyOf(name)).address;
    await chain.setBalance({ address: account, value: tokens("100") });
    await token.write.mint([account, tokens("10000")]);
  };

  await fund("publisher");
  const publisher = walletOf("publisher");
  const model = await loadModel("digits");
  const weights = weightsCommitment(model);
  const key = toContractVerifyingKey(await loadVerifyingKey("digits"));
  const { keyId } = await registerKey(publisher, { deployment, key });
  const version = digitsModel({
    publisher: publisherAccount.address,
    weights,
    verifyingKeyId: keyId,
  });
  const { modelId } = await registerModel(publisher, { deployment, model: version });
  const measurement = computeMeasurement({ runtime: INTEGER_RUNTIME, weights });
  await allowMeasurement(publisher, { deployment, modelId, measurement });
  // The same function with nothing but claims: its disputes are decided by juries.
  const juryVersion = {
    ...version,
    paths: pathsToSet(["vanilla"]),
    verifyingKeyId: zeroHash,
    uri: "models/jury.json",
  };
  const { modelId: juryModelId } = await registerModel(publisher, {
    deployment,
    model: juryVersion,
  });

  const root = await mkdtemp(join(tmpdir(), "assay-node-"));
  const logs: string[] = [];
  const logger = pino({ level: "debug" }, { write: (line: string) => void logs.push(line) });
  const running: RunningNode[] = [];
  const optionsOf = (name: string): InferenceNodeOptions => ({
    rpcUrl,
    deployment,
    privateKey: keyOf(name),
    folder: join(root, name),
    models: { digits: model, jury: model },
    modelIds: { jury: juryModelId },
    stake: tokens("2000"),
    logger: logger.child({ name }),
    pollingIntervalMs: 150,
  });
  const start = async (
    role: "inference" | "verification",
    name: string,
    overrides: Partial<InferenceNodeOptions> = {},
  ): Promise<RunningNode> => {
    const options = { ...optionsOf(name), ...overrides };
    const node =
      role === "inference"
        ? await startInferenceNode(options)
        : await startVerificationNode({ ...options, rankDelayMs: 1_500, poolBlocks: POOL_BLOCKS });
    running.push(node);
    return node;
  };

  await fund("client");
  const client = walletOf("client");
  await approveAndDeposit(client, {
    deployment,
    receiver: client.account.address,
    amount: tokens("500"),
  });
  const parameters = await getParameters(client, { deployment });
  let nonce = 0n;

  /** An input as a client would send it: a drawn digit, made different by one pixel. */
  const makeInput = async (digit: string): Promise<Uint8Array> => {
    const image = await readFile(new URL(`../../models/digits/samples/${digit}`, import.meta.url));
    const input = loadDigitImage(image);
    nonce += 1n;
    input[0] = Number(nonce % 8n);
    return input;
  };

  const makeRequest = async (
    input: Uint8Array,
    overrides: Partial<Request> & { deliverWithin?: number } = {},
  ): Promise<Request> => {
    const { deliverWithin = 60, ...fields } = overrides;
    const { timestamp } = await chain.getBlock();
    nonce += 1n;
    return {
      client: client.account.address,
      node: zeroAddress,
      modelId,
      inputCommitment: commitInput(model, input),
      dataCommitment: zeroHash,
      dataNode: zeroAddress,
      requiredEvidence: 0,
      maxFee: tokens("2"),
      unitPrice: tokens("1"),
      declaredValue: 0n,
      ...defaultDeadlines({ now: timestamp, parameters, deliverWithin, proveWithin: 60 }),
      consumer: zeroAddress,
      callbackGas: 0,
      nonce,
      ...fields,
    };
  };

  /** Hands the input to the node and opens the request. */
  const open = async (node: RunningNode, digit: string, overrides: Partial<Request> = {}) => {
    const input = await makeInput(digit);
    const service = nodeClient({ endpoint: node.endpoint });
    const modelOfRequest = overrides.modelId ?? modelId;
    await service.putInput({ modelId: modelOfRequest, input: toHex(input) });
    const request = await makeRequest(input, { node: node.address, ...overrides });
    const { id } = await openRequest(client, { deployment, request });
    return { id, request, input, service };
  };

  /** Hands the input to the node, and signs an order that it is to bring; {@link reserveFor} comes before. */
  const makeOrder = async (node: RunningNode, digit: string, overrides: Partial<Request> = {}) => {
    const input = await makeInput(digit);
    const service = nodeClient({ endpoint: node.endpoint });
    await service.putInput({ modelId: overrides.modelId ?? modelId, input: toHex(input) });
    const request = await makeRequest(input, { node: node.address, ...overrides });
    const signature = await signOrder(client, { deployment, request });
    const id = hashRequest(assayDomain(deployment), request);
    return { id, request, signature, input, service };
  };

  /** Sets money aside for the client's orders to a node. */
  const reserveFor = async (node: RunningNode): Promise<void> => {
    const { timestamp } = await chain.getBlock();
    await reserve(client, {
      deployment,
      node: node.address,
      amount: tokens("20"),
      until: Number(timestamp) + 3_600,
      signer: client.account.address,
    });
  };

  /** Hands a signed order to a node. */
  const post = (node: RunningNode, { request, signature }: { request: Request; signature: Hex }) =>
    fetch(`${node.endpoint}/orders`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: toCanonicalJson({ request, signature }),
    });

  const close = async (): Promise<void> => {
    await Promise.all(running.map((node) => node.stop()));
    await connection.close();
    await server.close();
    await rm(root, { recursive: true, force: true });
  };

  return {
    chain,
    rpcUrl,
    deployment,
    model,
    modelId,
    juryModelId,
    client,
    logs,
    root,
    fund,
    walletOf,
    optionsOf,
    start,
    makeInput,
    makeRequest,
    open,
    makeOrder,
    reserveFor,
    post,
    close,
  };
}
