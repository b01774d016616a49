// SPDX-License-Identifier: MIT
// A chain on which every byte of every transaction is the same in each run: fixed accounts, keys, dates and nonces, and
// proofs by a key whose secrets are known instead of snarkjs' random ones.
import { network } from "hardhat";
import {
  bytesToBigInt,
  concat,
  encodeAbiParameters,
  type Hex,
  hexToBytes,
  keccak256,
  numberToHex,
  parseAbiParameters,
  parseEther,
  slice,
  toHex,
  zeroAddress,
  zeroHash,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";

import {
  assayDomain,
  commitOutput,
  type Evidence,
  Evidence as Kind,
  hashRequest,
  hashResult,
  type Path,
  pathsToSet,
  type Request,
  requiredEvidenceOf,
  type Result,
  resultBinding,
  Role,
} from "../../src/protocol/index.ts";

/** Unix seconds of the first block. */
const START = 1_900_000_000;
/** Unix seconds at which every flow begins, whatever came before it. */
const FLOW_START = START + 1_000;
export const WINDOW = 60;
const MAX_ATTEMPTS = 1_000;
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

const SCALAR_FIELD = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;
const BASE_FIELD = 21888242871839275222246405745257275088696311157297823662689037894645226208583n;
/** The generator of G2, imaginary parts first. */
const G2 = [
  0x198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2n,
  0x1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6edn,
  0x090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975bn,
  0x12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daan,
] as const;
/** The secrets of the verifying key, as in test/support/MarketFixture.sol. */
const ALPHA = 11n;
const WEIGHTS = [3n, 5n, 13n, 17n] as const;
const C = 7n;

export const OUTPUT: Hex = "0x07";
export const OTHER_OUTPUT: Hex = "0x08";
const INPUT = keccak256(toHex("input")).replace(/^0x../, "0x00") as Hex;
const MEASUREMENT = keccak256(toHex("measurement"));
const enclave = privateKeyToAccount(keccak256(toHex("enclave key of the gas test")));
const orderSigner = privateKeyToAccount(keccak256(toHex("signer of orders in the gas test")));

/** The option of a transaction that says who sends it. */
export const by = (account: Hex) => ({ account });

export type GasWorld = Awaited<ReturnType<typeof createGasWorld>>;

/** Deploys and registers everything, and notes what the transactions worth knowing used. */
export async function createGasWorld() {
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
  const send = async (write: () => Promise<Hex>): Promise<number> => {
    clock += 1;
    await networkHelpers.time.setNextBlockTimestamp(clock);
    const receipt = await chain.getTransactionReceipt({ hash: await write() });
    return Number(receipt.gasUsed);
  };
  /** The same, and notes its gas under this name. */
  const note = async (name: string, write: () => Promise<Hex>): Promise<void> => {
    const gas = await send(write);
    if (used.has(name)) throw new RangeError(`two steps are called ${name}`);
    used.set(name, gas);
  };
  const deploy: typeof viem.deployContract = async (...parameters) => {
    clock += 1;
    await networkHelpers.time.setNextBlockTimestamp(clock);
    return viem.deployContract(...parameters);
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
  await send(() => nodes.write.appoint([[market.address, court.address]]));
  await send(() => market.write.appointCourt([court.address]));
  const domain = assayDomain({ chainId: await chain.getChainId(), market: market.address });

  /* PROOFS: the curve's operations by the chain's own precompile */

  const times = async (scalar: bigint): Promise<readonly [bigint, bigint]> => {
    const input = concat([1n, 2n, scalar].map((word) => numberToHex(word, { size: 32 })));
    const { data = "0x" } = await chain.call({ to: numberToHex(7, { size: 20 }), data: input });
    return [BigInt(slice(data, 0, 32)), BigInt(slice(data, 32, 64))];
  };
  /** Proves that the circuit maps the input to the output, with the secrets of the key. */
  const prove = async (request: Request, result: Result, output: Hex): Promise<Hex> => {
    const digest = hashResult(domain, { ...result, requestId: hashRequest(domain, request) });
    const signals = [
      BigInt(request.inputCommitment),
      bytesToBigInt(hexToBytes(output)),
      resultBinding(digest),
    ];
    const statement = signals.reduce(
      (sum, signal, i) => sum + WEIGHTS[i + 1]! * signal,
      ALPHA + WEIGHTS[0],
    );
    const a = (statement + SCALAR_FIELD - C) % SCALAR_FIELD;
    return encodeAbiParameters(parseAbiParameters("uint256[8], bytes"), [
      [...(await times(a)), ...G2, ...(await times(C))],
      output,
    ]);
  };
  const signByEnclave = (request: Request, result: Result): Promise<Hex> =>
    enclave.sign({
      hash: hashResult(domain, { ...result, requestId: hashRequest(domain, request) }),
    });
  const evidenceFor = async (kind: Evidence, request: Request, result: Result, output = OUTPUT) => {
    if (kind === Kind.ZKML) return prove(request, result, output);
    return kind === Kind.TEE ? signByEnclave(request, result) : "0x";
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

  const [minusG2, alpha] = [
    [G2[0], G2[1], BASE_FIELD - G2[2], BASE_FIELD - G2[3]] as const,
    await times(ALPHA),
  ];
  const ic = await Promise.all(WEIGHTS.map(times));
  const key = { alpha, beta: G2, gamma: G2, delta: minusG2, ic, development: true };
  await note("registration: verifying key", () => groth16.write.registerKey([key]));
  const [registered] = await groth16.getEvents.VerifyingKeyRegistered();
  const keyId = registered!.args.keyId!;

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
    const stake = [modelIds[path], parseEther("100")] as const;
    if (path === "vanilla")
      await note("registration: optIn", () => nodes.write.optIn(stake, by(node)));
    else await send(() => nodes.write.optIn(stake, by(node)));
    await send(() => nodes.write.optIn(stake, by(rescuer)));
  }

  await note("registration: measurement", () =>
    enclaves.write.allowMeasurement([modelIds.tee, MEASUREMENT]),
  );
  const digest = await enclaves.read.possessionDigest([node, modelIds.tee, enclave.address]);
  const possession = await enclave.sign({ hash: digest });
  const document = toHex(new Uint8Array(5_000).fill(0xd0));
  const proposal = [modelIds.tee, enclave.address, MEASUREMENT, START + 86_000] as const;
  await note("registration: enclave document of 5,000 bytes", () =>
    enclaves.write.proposeDocument([...proposal, document, possession], by(node)),
  );
  const [proposed] = await enclaves.getEvents.DocumentProposed();
  await note("registration: verdict that admits it", () =>
    enclaves.write.judgeDocument([proposed!.args.admissionId!, true], by(checker)),
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
  await note("money: first reserve", () => market.write.reserve(promise, by(client)));
  await note("money: reserve", () => market.write.reserve(promise, by(client)));

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
    inputCommitment: INPUT,
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
    contracts: { market, court },
    accounts: { client, node, rescuer, checker, challenger },
    domain,
    used,
    send,
    note,
    restart,
    pass,
    mine,
    mineHash,
    requestOn,
    resultBy,
    evidenceFor,
    signOrder: (request: Request) => orderSigner.sign({ hash: hashRequest(domain, request) }),
  };
}
