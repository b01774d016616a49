// SPDX-License-Identifier: MIT
// A chain on which every transaction costs the same in each run: fixed accounts, keys, dates and nonces. Who asks for the
// world brings the key that its proofs are made by.
import { network } from "hardhat";
import {
  type Hex,
  keccak256,
  numberToHex,
  parseEther,
  parseSignature,
  type PublicClient,
  signatureToCompactSignature,
  toHex,
  type TransactionReceipt,
  zeroAddress,
  zeroHash,
} from "viem";
import { type PrivateKeyAccount, privateKeyToAccount } from "viem/accounts";

import {
  assayDomain,
  batchDomain,
  commitOutput,
  type Evidence,
  Evidence as Kind,
  hashRequest,
  hashOrder,
  hashResult,
  hashResults,
  merkleRoot,
  orderDomain,
  type Path,
  pathsToSet,
  type Request,
  requiredEvidenceOf,
  type Result,
  resultBinding,
  Role,
} from "../../../src/protocol/index.ts";
import type { WorldProver } from "./prover.ts";

/** Unix seconds of the first block. */
const START = 1_900_000_000;
/** Unix seconds at which every flow begins, whatever came before it. */
const FLOW_START = START + 1_000;
export const WINDOW = 60;
const MAX_ATTEMPTS = 5_000;
export const DELIVER_WITHIN = 600;
export const PROVE_WITHIN = 3_600;

const MARKET_PARAMETERS = {
  challengeWindow: WINDOW,
  disputeWindow: 180,
  longestOrder: 600,
  maxCallbackGas: 500_000,
  verificationBps: 1_000,
  dataBps: 500,
};
const COURT_PARAMETERS = {
  challengeBond: parseEther("10"),
  jurorPenalty: parseEther("5"),
  proveWindow: WINDOW,
  commitWindow: WINDOW,
  revealWindow: WINDOW,
  jurySize: 3,
  burnBps: 8_000,
  seedDelay: 2,
};

/** Orders that are brought together. */
export const BATCH = 32;
const BATCH_PARAMETERS = {
  signerPenalty: parseEther("5"),
  demandBond: parseEther("1"),
  responseWindow: WINDOW,
};
/** Verification nodes with keys that are known; three others are before them. */
const VERIFIERS = 5;
const FIRST_VERIFIER = 3;
/** Clients with a channel. */
const CHANNELS = 64;

export const OUTPUT: Hex = "0x07";
export const OTHER_OUTPUT: Hex = "0x08";
const MEASUREMENT = keccak256(toHex("measurement"));
const enclave = privateKeyToAccount(keccak256(toHex("enclave key of the gas test")));
const orderSigner = privateKeyToAccount(keccak256(toHex("signer of orders in the gas test")));
/** Clients who sign for themselves. */
const signers = Array.from({ length: BATCH }, (_, index) =>
  privateKeyToAccount(keccak256(toHex(`client ${index} of the gas test`))),
);

const channelSigners = Array.from({ length: CHANNELS }, (_, index) =>
  privateKeyToAccount(keccak256(toHex(`channel ${index} of the gas test`))),
);
const verifiers = Array.from({ length: VERIFIERS }, (_, index) =>
  privateKeyToAccount(keccak256(toHex(`verification node ${index} of the gas test`))),
);

/** A request and what was answered. */
export interface Answer {
  request: Request;
  result: Result;
}

/** The option of a transaction that says who sends it. */
export const by = (account: Hex) => ({ account });

export type GasWorld = Awaited<ReturnType<typeof createGasWorld>>;

/** Deploys and registers everything, and notes what the transactions worth knowing used. */
export async function createGasWorld(
  createProver: (chain: Pick<PublicClient, "call">) => Promise<WorldProver>,
) {
  const connection = await network.create({
    network: "default",
    override: { initialDate: new Date(START * 1_000) },
  });
  const { viem, networkHelpers } = connection;
  const chain = await viem.getPublicClient();
  const wallets = await viem.getWalletClients();
  const [publisher, client, node, rescuer, checker, juror, thirdJuror, dataNode, challenger] =
    wallets.map(({ account }) => account.address) as [Hex, Hex, Hex, Hex, Hex, Hex, Hex, Hex, Hex];

  let clock = START;
  const used = new Map<string, number>();
  /** Sends a transaction in a block of its own, a second after the last. */
  const send = async (write: () => Promise<Hex>): Promise<TransactionReceipt> => {
    clock += 1;
    await networkHelpers.time.setNextBlockTimestamp(clock);
    return chain.getTransactionReceipt({ hash: await write() });
  };
  /** The same, and notes its gas under this name. */
  const note = async (name: string, write: () => Promise<Hex>): Promise<void> => {
    const { gasUsed } = await send(write);
    if (used.has(name)) throw new RangeError(`two steps are called ${name}`);
    used.set(name, Number(gasUsed));
  };
  /** The contracts by their addresses. */
  const names = new Map<Hex, string>();
  const deploy: typeof viem.deployContract = async (...parameters) => {
    clock += 1;
    await networkHelpers.time.setNextBlockTimestamp(clock);
    const contract = await viem.deployContract(...parameters);
    names.set(contract.address, parameters[0]);
    return contract;
  };

  /* DEPLOY */

  const token = await deploy("TestToken");
  const nodes = await deploy("NodeRegistry", [token.address, parseEther("100"), 3_600]);
  const groth16 = await deploy("Groth16Verifier");
  const models = await deploy("ModelRegistry", [groth16.address]);
  const enclaves = await deploy("EnclaveRegistry", [nodes.address, models.address, 1, 86_400, 0]);
  const zkml = await deploy("ZkmlEvidence", [models.address, groth16.address]);
  const market = await deploy("InferenceMarket", [
    token.address,
    nodes.address,
    models.address,
    zkml.address,
    enclaves.address,
    MARKET_PARAMETERS,
  ]);
  const court = await deploy("DisputeCourt", [market.address, COURT_PARAMETERS]);
  const orders = await deploy("OrderSettler", [market.address]);
  const batches = await deploy("BatchSettler", [market.address, BATCH_PARAMETERS]);
  const appointed = [market.address, court.address, orders.address, batches.address];
  await send(() => nodes.write.appoint([appointed]));
  await send(() => market.write.appointSettlers([orders.address, batches.address]));
  await send(() => market.write.appointCourt([court.address]));
  const domain = assayDomain({ chainId: await chain.getChainId(), market: market.address });

  /* EVIDENCE */

  const prover = await createProver(chain);
  const digestOf = ({ request, result }: Answer) =>
    hashResult(domain, { ...result, requestId: hashRequest(domain, request) });
  const evidenceFor = async (kind: Evidence, request: Request, result: Result): Promise<Hex> => {
    const digest = digestOf({ request, result });
    if (kind === Kind.ZKML) return prover.prove(resultBinding(digest));
    return kind === Kind.TEE ? enclave.sign({ hash: digest }) : "0x";
  };

  /* REGISTRATIONS */

  for (const account of [client, node, rescuer, checker, juror, thirdJuror, dataNode, challenger]) {
    await send(() => token.write.mint([account, parseEther("100000")]));
    for (const spender of [nodes.address, market.address])
      await send(() => token.write.approve([spender, parseEther("100000")], by(account)));
  }
  const register = (account: Hex, role: Role, endpoint = "") =>
    nodes.write.register([role, account, account, parseEther("1000"), endpoint], by(account));
  const endpoint = "https://node.example:8080";
  await note("registration: inference node", () => register(node, Role.INFERENCE, endpoint));
  await note("registration: verification node", () => register(checker, Role.VERIFICATION));
  await note("registration: data node", () => register(dataNode, Role.DATA));
  await send(() => register(rescuer, Role.INFERENCE));

  const { result: keyId } = await groth16.simulate.registerKey([prover.key]);
  await note("registration: verifying key", () => groth16.write.registerKey([prover.key]));

  /** A model with the claim and this path. */
  const modelWith = (path: Path) => ({
    publisher,
    paths: pathsToSet(["vanilla", path]),
    unitsPerInference: 1,
    teeWindow: 0,
    bond: parseEther("5"),
    valueCap: parseEther("100"),
    weightsCommitment: keccak256(toHex("weights")),
    verifyingKeyId: path === "zkml" ? keyId : zeroHash,
    previousVersion: zeroHash,
    uri: `models/${path}.json`,
  });
  const modelIds = {} as Record<Path, Hex>;
  for (const path of ["vanilla", "zkml", "tee"] as const) {
    const model = modelWith(path);
    modelIds[path] = await models.read.idOf([model]);
    await note(`registration: model, ${path}`, () => models.write.registerModel([model]));
    const stake = [modelIds[path], parseEther("250")] as const;
    if (path === "vanilla")
      await note("registration: optIn", () => nodes.write.optIn(stake, by(node)));
    else await send(() => nodes.write.optIn(stake, by(node)));
    await send(() => nodes.write.optIn(stake, by(rescuer)));
  }
  await note("registration: bindKey", () => zkml.write.bindKey([modelIds.zkml]));

  await note("registration: measurement", () =>
    enclaves.write.allowMeasurement([modelIds.tee, MEASUREMENT]),
  );
  const digest = await enclaves.read.possessionDigest([node, modelIds.tee, enclave.address]);
  const possession = await enclave.sign({ hash: digest });
  const document = toHex(new Uint8Array(5_000).fill(0xd0));
  const key = [modelIds.tee, enclave.address, MEASUREMENT, START + 86_000] as const;
  const proposal = [...key, document, possession] as const;
  const { result: admissionId } = await enclaves.simulate.proposeDocument(proposal, by(node));
  await note("registration: enclave document of 5,000 bytes", () =>
    enclaves.write.proposeDocument(proposal, by(node)),
  );
  await note("registration: verdict that admits it", () =>
    enclaves.write.judgeDocument([admissionId, true], by(checker)),
  );
  for (const account of [juror, thirdJuror]) await send(() => register(account, Role.VERIFICATION));

  /* MONEY: everybody who is ever paid has a balance, as after a first day */

  await note("money: first deposit", () =>
    market.write.deposit([client, parseEther("1000")], by(client)),
  );
  for (const account of [node, checker, juror, thirdJuror, dataNode, challenger])
    await send(() => market.write.deposit([account, parseEther("100")], by(client)));
  await note("money: deposit", () =>
    market.write.deposit([client, parseEther("1000")], by(client)),
  );
  const until = START + 50_000;
  const promise = [node, parseEther("100"), until, orderSigner.address] as const;
  await note("money: first reserve", () => orders.write.reserve(promise, by(client)));
  await note("money: reserve", () => orders.write.reserve(promise, by(client)));
  for (const { address } of signers) {
    await send(() => market.write.deposit([address, parseEther("200")], by(client)));
    await networkHelpers.impersonateAccount(address);
    await networkHelpers.setBalance(address, parseEther("1"));
    const own = [node, parseEther("100"), until, address] as const;
    await send(() => orders.write.reserve(own, by(address)));
  }

  /** An account whose key only we know, and from which the chain sends. */
  const adopt = async ({ address }: PrivateKeyAccount): Promise<Hex> => {
    await networkHelpers.impersonateAccount(address);
    await networkHelpers.setBalance(address, parseEther("1"));
    return address;
  };
  for (const signer of channelSigners) {
    const address = await adopt(signer);
    await send(() => market.write.deposit([address, parseEther("1000")], by(client)));
    const channel = [node, address, parseEther("900"), until] as const;
    await send(() => batches.write.reserve(channel, by(address)));
  }
  for (const verifier of verifiers) {
    const address = await adopt(verifier);
    await send(() => token.write.mint([address, parseEther("1000")]));
    await send(() => token.write.approve([nodes.address, parseEther("1000")], by(address)));
    await send(() => register(address, Role.VERIFICATION));
    // Whoever is drawn has been paid before: a draw must not change what it costs.
    await send(() => market.write.deposit([address, parseEther("1")], by(client)));
  }
  await send(() => batches.write.pledge([modelIds.tee, parseEther("100")], by(node)));

  /* FLOWS */

  let ready = await networkHelpers.takeSnapshot();
  clock = FLOW_START;
  /** Goes back to the state in which every flow begins. */
  const restart = async (): Promise<void> => {
    await ready.restore();
    ready = await networkHelpers.takeSnapshot();
    clock = FLOW_START;
  };
  const pass = (seconds: number): void => {
    clock += seconds;
  };
  const mine = async (): Promise<void> => {
    clock += 1;
    await networkHelpers.time.setNextBlockTimestamp(clock);
    await networkHelpers.mine();
  };
  /** Mines a block with such a hash: hashes depend on all code, which must not change what a draw by them costs. */
  const mineHash = async (isWanted: (hash: Hex) => boolean): Promise<void> => {
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; ++attempt) {
      const before = await networkHelpers.takeSnapshot();
      await networkHelpers.setCoinbase(numberToHex(attempt, { size: 20 }));
      await mine();
      if (isWanted((await chain.getBlock()).hash)) return;
      await before.restore();
      clock -= 1;
    }
    throw new RangeError(`no block with such a hash in ${MAX_ATTEMPTS} attempts`);
  };
  const requestOn = (path: Path, overrides: Partial<Request> = {}): Request => ({
    client,
    node,
    modelId: modelIds[path],
    inputCommitment: prover.inputCommitment,
    dataCommitment: keccak256(toHex("data")),
    dataNode,
    requiredEvidence: requiredEvidenceOf([path]),
    maxFee: parseEther("3"),
    unitPrice: parseEther("1"),
    declaredValue: parseEther("2"),
    deliverBy: FLOW_START + DELIVER_WITHIN,
    proveBy: FLOW_START + PROVE_WITHIN,
    refundAfter: FLOW_START + 2 * PROVE_WITHIN,
    consumer: zeroAddress,
    callbackGas: 0,
    nonce: 1n,
    ...overrides,
  });
  const resultBy = (account: Hex, output = OUTPUT): Result => ({
    outputCommitment: commitOutput(output),
    units: 1,
    node: account,
  });
  return {
    close: () => connection.close(),
    chain,
    contracts: { market, court, orders, batches, nodes },
    signers,
    channelSigners,
    verifiers,
    /** Its seat in the draw table, from zero. */
    firstVerifier: FIRST_VERIFIER,
    enclave,
    batchDomain: batchDomain({ chainId: domain.chainId, settler: batches.address }),
    orderSigner: orderSigner.address,
    names,
    accounts: { client, node, rescuer, checker, dataNode, challenger },
    domain,
    used,
    send,
    note,
    restart,
    /** Unix seconds of the last block, or to which the clock was set since. */
    now: () => clock,
    pass,
    mine,
    mineHash,
    requestOn,
    resultBy,
    evidenceFor,
    /** An order of the client's by its reservation's key, with the result by this evidence. */
    orderFor: async (
      kind: Evidence,
      request: Request,
      result: Result,
      signer: PrivateKeyAccount = orderSigner,
    ) => {
      const hash = hashOrder(
        orderDomain({ chainId: domain.chainId, settler: orders.address }),
        request,
      );
      const signature = await signer.sign({ hash });
      const { r, yParityAndS: vs } = signatureToCompactSignature(parseSignature(signature));
      const { outputCommitment, units } = result;
      const evidence = await evidenceFor(kind, request, result);
      return [{ request, r, vs, outputCommitment, units, kind }, evidence] as const;
    },
    /** One signature of the enclave for many results. */
    signResults: (answers: readonly Answer[]) =>
      enclave.sign({ hash: hashResults(answers.map(digestOf)) }),
    /** Of many claims. */
    rootOf: (answers: readonly Answer[]) => merkleRoot(answers.map(digestOf)),
  };
}
