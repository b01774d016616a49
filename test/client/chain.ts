// SPDX-License-Identifier: MIT
// A fresh local chain with all contracts, a client, an inference node and a registrar; deployed by hand, so that these tests
// depend on no deployment module.
import { network } from "hardhat";
import { type Address, getAddress, type Hex, keccak256, parseEther, toHex, zeroHash } from "viem";
import { privateKeyToAccount } from "viem/accounts";

import { addressesOf } from "../../ignition/addresses.ts";
import {
  allowMeasurement,
  approveAndDeposit,
  assayActions,
  type Deployment,
  getPossessionDigest,
  judgeDocument,
  optIn,
  proposeDocument,
  registerModel,
  registerNode,
  signOrder,
} from "../../src/client/index.ts";
import {
  assayDomain,
  defaultDeadlines,
  hashRequest,
  type Model,
  pathsToSet,
  type Request,
  Role,
} from "../../src/protocol/index.ts";
import { makeRequest } from "../protocol/fixtures.ts";

export const PARAMETERS = {
  challengeWindow: 60,
  disputeWindow: 180,
  longestOrder: 600,
  maxCallbackGas: 500_000,
  verificationBps: 1_000,
  dataBps: 500,
};

export const enclave = privateKeyToAccount(keccak256(toHex("enclave key of the client tests")));
export const output: Hex = toHex("seven");
export const tokens = (amount: string): bigint => parseEther(amount);

/** Contracts only: no node, no model, no money. */
export async function makeChain() {
  const connection = await network.create("default");
  const { viem, networkHelpers } = connection;
  const wallets = await viem.getWalletClients();
  const publicClient = await viem.getPublicClient();
  const block = await publicClient.getBlockNumber();

  const token = await viem.deployContract("TestToken");
  const nodeRegistry = await viem.deployContract("NodeRegistry", [
    token.address,
    tokens("100"),
    3_600,
  ]);
  const groth16Verifier = await viem.deployContract("Groth16Verifier");
  const modelRegistry = await viem.deployContract("ModelRegistry", [groth16Verifier.address]);
  const enclaveRegistry = await viem.deployContract("EnclaveRegistry", [
    nodeRegistry.address,
    modelRegistry.address,
    1,
    86_400,
    0,
  ]);
  const zkmlEvidence = await viem.deployContract("ZkmlEvidence", [
    modelRegistry.address,
    groth16Verifier.address,
  ]);
  const market = await viem.deployContract("InferenceMarket", [
    token.address,
    nodeRegistry.address,
    modelRegistry.address,
    zkmlEvidence.address,
    enclaveRegistry.address,
    PARAMETERS,
  ]);
  const disputeCourt = await viem.deployContract("DisputeCourt", [
    market.address,
    {
      challengeBond: tokens("10"),
      jurorPenalty: tokens("5"),
      proveWindow: 60,
      commitWindow: 60,
      revealWindow: 60,
      jurySize: 3,
      burnBps: 8_000,
      seedDelay: 2,
    },
  ]);
  const orderSettler = await viem.deployContract("OrderSettler", [market.address]);
  const batchSettler = await viem.deployContract("BatchSettler", [
    market.address,
    { signerPenalty: tokens("10"), demandBond: tokens("1"), responseWindow: 60 },
  ]);
  const settlers = [orderSettler.address, batchSettler.address] as const;
  await nodeRegistry.write.appoint([[market.address, disputeCourt.address, ...settlers]]);
  await market.write.appointSettlers(settlers);
  await market.write.appointCourt([disputeCourt.address]);

  const deployment: Deployment = {
    chainId: await publicClient.getChainId(),
    token: getAddress(token.address),
    ...addressesOf({
      market,
      nodeRegistry,
      modelRegistry,
      enclaveRegistry,
      groth16Verifier,
      disputeCourt,
      orderSettler,
      batchSettler,
      zkmlEvidence,
    }),
    block,
  };

  const [client, node, registrar, challenger] = wallets.map((wallet) =>
    Object.assign(wallet.extend(assayActions({ deployment })), {
      address: getAddress(wallet.account.address),
    }),
  );
  if (!client || !node || !registrar || !challenger)
    throw new RangeError("four accounts are needed");
  for (const { address } of [client, node, registrar, challenger]) {
    await token.write.mint([address, tokens("10000")]);
  }
  return {
    connection,
    networkHelpers,
    publicClient,
    deployment,
    client,
    node,
    registrar,
    challenger,
  };
}

export const makeModel = (publisher: Address, overrides: Partial<Model> = {}): Model => ({
  publisher,
  paths: pathsToSet(["vanilla", "tee"]),
  unitsPerInference: 1,
  teeWindow: 0,
  bond: tokens("50"),
  valueCap: tokens("1000"),
  weightsCommitment: keccak256(toHex("weights")),
  verifyingKeyId: zeroHash,
  previousVersion: zeroHash,
  uri: "models/test.json",
  ...overrides,
});

/** A chain on which everything is ready for requests of a model with the paths vanilla and tee. */
export async function makeServedChain() {
  const chain = await makeChain();
  const { client, node, registrar, challenger, deployment } = chain;

  await registerNode(node, { deployment, role: Role.INFERENCE, amount: tokens("1000") });
  await registerNode(registrar, { deployment, role: Role.VERIFICATION, amount: tokens("100") });
  const { modelId } = await registerModel(client, { deployment, model: makeModel(client.address) });
  await optIn(node, { deployment, modelId, amount: tokens("500") });
  for (const account of [client, challenger]) {
    const deposit = { deployment, receiver: account.address, amount: tokens("100") };
    await approveAndDeposit(account, deposit);
  }

  const measurement = keccak256(toHex("measurement"));
  await allowMeasurement(client, { deployment, modelId, measurement });
  const owner = { deployment, node: node.address, modelId, key: enclave.address };
  const { admissionId } = await proposeDocument(node, {
    deployment,
    modelId,
    key: enclave.address,
    measurement,
    expiresAt: (await chain.networkHelpers.time.latest()) + 80_000,
    document: "0xd0c0",
    possession: await enclave.sign({ hash: await getPossessionDigest(node, owner) }),
  });
  await judgeDocument(registrar, { deployment, admissionId, approve: true });

  /** A request that the market admits now. */
  const order = async (overrides: Partial<Request> = {}): Promise<Request> => {
    const now = await chain.networkHelpers.time.latest();
    return makeRequest({
      client: client.address,
      node: node.address,
      modelId,
      maxFee: tokens("2"),
      unitPrice: tokens("1"),
      ...defaultDeadlines({ now, parameters: PARAMETERS }),
      ...overrides,
    });
  };
  /** Signed orders of the client. */
  const signed = async (nonce: bigint, overrides: Partial<Request> = {}) => {
    const request = await order({ nonce, ...overrides });
    const signature = await signOrder(client, { deployment, request });
    const id = hashRequest(assayDomain(deployment), request);
    return { id, request, signature };
  };
  return { ...chain, modelId, measurement, admissionId, order, signed };
}
