// SPDX-License-Identifier: MIT
// A real chain with all contracts, one model, one inference node with an admitted enclave, two registrars and a client.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";

import { network } from "hardhat";
import { bytesToHex, getAddress, parseEther, zeroHash } from "viem";

import { addressesOf } from "../../ignition/addresses.ts";
import Assay from "../../ignition/modules/Assay.ts";
import LocalToken from "../../ignition/modules/LocalToken.ts";
import {
  allowMeasurement,
  approveAndDeposit,
  approveNode,
  optIn,
  registerKey,
  registerModel,
  registerNode,
  setPayout,
} from "../../src/client/index.ts";
import type { Deployment } from "../../src/client/deployment.ts";
import { pathsToSet } from "../../src/protocol/evidence.ts";
import { Role } from "../../src/protocol/node.ts";
import { toCanonicalJson } from "../../src/protocol/json.ts";
import { createSoftwareEnclave } from "../../src/tee/index.ts";
import {
  createProver,
  ensureCircuit,
  loadDigitImage,
  runModel,
  toContractVerifyingKey,
  weightsCommitment,
} from "../../src/zkml/index.ts";
import { INTEGER_RUNTIME } from "../../src/zkml/runtime-identity.ts";
import { admit } from "./admit.ts";

type Eight<T> = [T, T, T, T, T, T, T, T];

export type World = Awaited<ReturnType<typeof createWorld>>;

const STAKE = parseEther("1000");

/** Everything is done once; tests that change the chain restore it. */
export async function createWorld() {
  const connection = await network.create();
  const wallets = await connection.viem.getWalletClients();
  const [publisher, client, node, rescuer, registrarA, registrarB, operator, payout] =
    wallets.slice(0, 8) as Eight<(typeof wallets)[number]>;
  const chain = await connection.viem.getPublicClient();
  const deployment = await deploy(connection, await chain.getChainId());
  const now = async () => Number((await chain.getBlock()).timestamp);

  const token = await connection.viem.getContractAt("TestToken", deployment.token);
  for (const wallet of [client, node, rescuer, registrarA, registrarB])
    await token.write.mint([wallet.account.address, parseEther("100000")]);
  await approveAndDeposit(client, {
    deployment,
    receiver: client.account.address,
    amount: parseEther("10000"),
  });

  const service = await serveFiles();
  const circuit = await ensureCircuit({ circuit: "digits" });
  const weights = weightsCommitment(circuit.model);
  const { keyId } = await registerKey(publisher, {
    deployment,
    key: toContractVerifyingKey(circuit.verifyingKey),
  });
  const { modelId } = await registerModel(publisher, {
    deployment,
    model: {
      publisher: publisher.account.address,
      paths: pathsToSet(["vanilla", "zkml", "tee"]),
      unitsPerInference: 1,
      teeWindow: 0,
      bond: parseEther("5"),
      valueCap: parseEther("100"),
      weightsCommitment: weights,
      verifyingKeyId: keyId,
      previousVersion: zeroHash,
      uri: "models/digits/model.json",
    },
  });

  for (const registrar of [registrarA, registrarB])
    await registerNode(registrar, { deployment, role: Role.VERIFICATION, amount: STAKE });
  await approveNode(operator, { deployment, node: node.account.address, approved: true });
  await registerNode(node, {
    deployment,
    role: Role.INFERENCE,
    amount: STAKE,
    operator: operator.account.address,
    endpoint: service.url,
  });
  // The document binds the payout address at its time: it is changed before, and again below.
  await setPayout(node, { deployment, payout: payout.account.address });
  await registerNode(rescuer, { deployment, role: Role.INFERENCE, amount: STAKE });
  for (const server of [node, rescuer])
    await optIn(server, { deployment, modelId, amount: parseEther("500") });

  const image = { runtime: INTEGER_RUNTIME, weights };
  const enclave = createSoftwareEnclave({ image });
  await allowMeasurement(publisher, { deployment, modelId, measurement: enclave.measurement });
  const registrars = [registrarA, registrarB];
  const parties = { chain, deployment, modelId, node, registrars };
  await admit({ ...parties, now: await now() }, enclave);
  await setPayout(node, { deployment, payout: operator.account.address });

  const input = loadDigitImage(
    await readFile(new URL("../../models/digits/samples/3.pgm", import.meta.url)),
  );
  return {
    connection,
    chain,
    deployment,
    wallets: { publisher, client, node, rescuer, registrarA, registrarB, operator },
    service,
    circuit,
    prover: await createProver({ circuit }),
    parties,
    modelId,
    image,
    enclave,
    input,
    output: bytesToHex(runModel(circuit.model, input).output),
    now,
  };
}

type Connection = Awaited<ReturnType<typeof network.create>>;

async function deploy(connection: Connection, chainId: number): Promise<Deployment> {
  const text = await readFile(
    new URL("../../ignition/parameters/demo.json", import.meta.url),
    "utf8",
  );
  const parameters = JSON.parse(text, (_key, value: unknown) =>
    typeof value === "string" && /^\d+$/.test(value) ? BigInt(value) : value,
  ) as Record<string, never>;
  const { token } = await connection.ignition.deploy(LocalToken);
  const deployed = await connection.ignition.deploy(Assay, {
    parameters: { Assay: { ...parameters, token: token.address } },
  });
  return {
    chainId,
    token: getAddress(token.address),
    ...addressesOf(deployed),
    block: 0n,
  };
}

/** A node's HTTP service that serves what it is given, by path. */
async function serveFiles() {
  const files = new Map<string, unknown>();
  const server = createServer((request, response) => {
    const file = files.get(request.url ?? "");
    response.writeHead(file === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(file === undefined ? "{}" : toCanonicalJson(file));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    get: (path: string) => files.get(path),
    put: (path: string, file: unknown) => files.set(path, file),
    remove: (path: string) => files.delete(path),
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

export async function closeWorld({ connection, prover, service }: World): Promise<void> {
  await prover.close();
  await service.close();
  await connection.close();
}

/** The error that a promise rejects with; undefined when it resolves. */
export function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}
