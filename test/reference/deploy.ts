// SPDX-License-Identifier: MIT
// The contracts on Hardhat's chain with everybody registered, and the same as rules and as an empty ledger.
import type { NetworkConnection } from "hardhat/types/network";
import { type Address, type Hex, keccak256, maxUint128, toHex, zeroAddress, zeroHash } from "viem";
import { privateKeyToAccount } from "viem/accounts";

import {
  assayDomain,
  type ModelId,
  pathsToSet,
  type Path,
  Role,
} from "../../src/protocol/index.ts";
import { OUTPUT } from "../../scripts/bench/gas/world.ts";
import type { WorldProver } from "../../scripts/bench/gas/prover.ts";
import { keyOf, type Ledger } from "./ledger.ts";
import type { EnclaveRules, NodeRules, Rules, Terms } from "./rules.ts";

/** Unix seconds of the first block, and of the one before every sequence. */
export const START = 1_900_000_000;
export const SEQUENCE_START = START + 1_000;
const MEASUREMENT = keccak256(toHex("measurement"));
const TOKENS = 5_000n;

const MARKET_PARAMETERS = {
  challengeWindow: 60,
  disputeWindow: 180,
  longestOrder: 100,
  maxCallbackGas: 50_000,
  verificationBps: 1_000,
  dataBps: 500,
};
const COURT_PARAMETERS = {
  challengeBond: 53n,
  jurorPenalty: 7n,
  proveWindow: 70,
  commitWindow: 50,
  revealWindow: 40,
  jurySize: 3,
  burnBps: 8_000,
  seedDelay: 2,
};

/** One without proofs, one with all that makes results final at once, one whose enclave can be doubted. */
const MODELS: Record<string, { paths: Path[] } & Omit<Terms, "paths">> = {
  claimed: { paths: ["vanilla"], units: 0, teeWindow: 0, bond: 17n, valueCap: 20n },
  proved: {
    paths: ["vanilla", "zkml", "tee"],
    units: 2,
    teeWindow: 0,
    bond: 13n,
    valueCap: 31n,
  },
  attested: { paths: ["tee"], units: 0, teeWindow: 40, bond: 11n, valueCap: 25n },
};
const NAMES = ["owner", "ann", "bob", "nodeA", "nodeB", "checkA", "checkB", "checkC"] as const;
const OTHERS = ["data", "vault", "doubter", "stranger"] as const;
type Name = (typeof NAMES)[number] | (typeof OTHERS)[number];

const secret = (name: string) => privateKeyToAccount(keccak256(toHex(`${name} of the model`)));
const lower = (address: string): Address => address.toLowerCase() as Address;

export async function deploy({ viem, networkHelpers }: NetworkConnection, prover: WorldProver) {
  const chain = await viem.getPublicClient();
  const wallets = await viem.getWalletClients();
  const names = [...NAMES, ...OTHERS];
  const people = Object.fromEntries(
    names.map((name, index) => [name, lower(wallets[index]?.account.address ?? "")]),
  ) as Record<Name, Address>;
  const by = (name: Name) => ({ account: people[name] });

  const token = await viem.deployContract("TestToken");
  const nodes = await viem.deployContract("NodeRegistry", [token.address, 100n, 3_600]);
  const groth16 = await viem.deployContract("Groth16Verifier");
  const models = await viem.deployContract("ModelRegistry", [groth16.address]);
  const enclaves = await viem.deployContract("EnclaveRegistry", [
    nodes.address,
    models.address,
    1,
    86_400,
    0,
  ]);
  const zkml = await viem.deployContract("ZkmlEvidence", [models.address, groth16.address]);
  const market = await viem.deployContract("InferenceMarket", [
    token.address,
    nodes.address,
    models.address,
    zkml.address,
    enclaves.address,
    MARKET_PARAMETERS,
  ]);
  const court = await viem.deployContract("DisputeCourt", [market.address, COURT_PARAMETERS]);
  const orders = await viem.deployContract("OrderSettler", [market.address]);
  await nodes.write.appoint([[market.address, court.address, orders.address]]);
  await market.write.appointSettlers([orders.address, zeroAddress]);
  await market.write.appointCourt([court.address]);

  for (const name of names) {
    await token.write.mint([people[name], TOKENS]);
    for (const spender of [nodes.address, market.address])
      await token.write.approve([spender, maxUint128], by(name));
  }
  const roles: [Name, Role, { operator?: Name; payout?: Name; stake: bigint }][] = [
    ["nodeA", Role.INFERENCE, { payout: "vault", stake: 400n }],
    ["nodeB", Role.INFERENCE, { stake: 300n }],
    ["checkA", Role.VERIFICATION, { stake: 1_000n }],
    ["checkB", Role.VERIFICATION, { payout: "vault", stake: 1_000n }],
    // Of node A's operator: never drawn for it.
    ["checkC", Role.VERIFICATION, { operator: "nodeA", stake: 1_000n }],
    ["data", Role.DATA, { payout: "stranger", stake: 100n }],
  ];
  await nodes.write.approveNode([people.checkC, true], by("nodeA"));
  const registered = new Map<Address, NodeRules>();
  const freeStakes = new Map<Address, bigint>();
  for (const [name, role, { operator = name, payout = name, stake }] of roles) {
    const who = { operator: people[operator], payout: people[payout] };
    await nodes.write.register([role, who.operator, who.payout, stake, ""], by(name));
    registered.set(people[name], { role, ...who });
    freeStakes.set(people[name], stake);
  }

  const { result: keyId } = await groth16.simulate.registerKey([prover.key]);
  await groth16.write.registerKey([prover.key]);
  const terms = new Map<Hex, Terms>();
  const modelIds = {} as Record<string, ModelId>;
  for (const [name, { paths, units, teeWindow, bond, valueCap }] of Object.entries(MODELS)) {
    const model = {
      publisher: people.owner,
      paths: pathsToSet(paths),
      unitsPerInference: units,
      teeWindow,
      bond,
      valueCap,
      weightsCommitment: keccak256(toHex(name)),
      verifyingKeyId: paths.includes("zkml") ? keyId : zeroHash,
      previousVersion: zeroHash,
      uri: "",
    };
    const modelId = await models.read.idOf([model]);
    await models.write.registerModel([model]);
    modelIds[name] = modelId;
    terms.set(modelId, { paths: model.paths, units, teeWindow, bond, valueCap });
    if (paths.includes("tee")) await enclaves.write.allowMeasurement([modelId, MEASUREMENT]);
  }

  const stakes: Ledger["stakes"] = new Map();
  const opted: [Name, string, bigint][] = [
    ["nodeA", "claimed", 120n],
    ["nodeA", "proved", 130n],
    ["nodeA", "attested", 110n],
    ["nodeB", "claimed", 90n],
    ["nodeB", "proved", 70n],
    ["nodeB", "attested", 60n],
  ];
  for (const [name, model, amount] of opted) {
    const node = people[name];
    await nodes.write.optIn([modelIds[model] as Hex, amount], by(name));
    stakes.set(keyOf(node, modelIds[model] as Hex), { opted: amount, locked: 0n });
    freeStakes.set(node, (freeStakes.get(node) ?? 0n) - amount);
  }

  const admitted = new Map<Address, EnclaveRules>();
  const keys = new Map<Address, ReturnType<typeof secret>>();
  const live: [Name, string, number][] = [
    ["nodeA", "proved", 5_000],
    ["nodeA", "attested", 600],
    ["nodeB", "proved", 300],
  ];
  for (const [name, model, seconds] of live) {
    const key = secret(`enclave of ${name} for ${model}`);
    const modelId = modelIds[model] as Hex;
    const node = people[name];
    const hash = await enclaves.read.possessionDigest([node, modelId, key.address]);
    const possession = await key.sign({ hash });
    const expiresAt = SEQUENCE_START + seconds;
    const proposal = [modelId, key.address, MEASUREMENT, expiresAt, "0x01", possession] as const;
    const { result: admissionId } = await enclaves.simulate.proposeDocument(proposal, by(name));
    await enclaves.write.proposeDocument(proposal, by(name));
    await enclaves.write.judgeDocument([admissionId, true], by("checkA"));
    admitted.set(lower(key.address), { node, modelId, expiresAt });
    keys.set(lower(key.address), key);
  }
  const signers = ["ann's", "bob's"].map((name) => secret(`signer, ${name},`));
  for (const signer of signers) keys.set(lower(signer.address), signer);
  await networkHelpers.time.increaseTo(SEQUENCE_START);

  const contracts = {
    market: lower(market.address),
    orders: lower(orders.address),
    nodes: lower(nodes.address),
    court: lower(court.address),
  };
  const holders = [...Object.values(people), contracts.market, contracts.nodes];
  const tokens = new Map<Address, bigint>();
  for (const holder of holders) tokens.set(holder, await token.read.balanceOf([holder]));
  const rules: Rules = {
    domain: assayDomain({ chainId: await chain.getChainId(), market: contracts.market }),
    market: MARKET_PARAMETERS,
    court: COURT_PARAMETERS,
    models: terms,
    nodes: registered,
    seats: [people.checkA, people.checkB, people.checkC],
    enclaves: admitted,
    circuit: { inputCommitment: prover.inputCommitment, outputCommitment: keccak256(OUTPUT) },
    owner: people.owner,
    contracts,
  };
  const empty: Ledger = {
    time: SEQUENCE_START,
    block: Number(await chain.getBlockNumber()),
    hashes: new Map(),
    paused: false,
    revoked: new Set(),
    tokens,
    balances: new Map(),
    reserved: new Map(),
    entries: new Map(),
    claims: new Map(),
    earned: { market: new Map(), orders: new Map() },
    freeStakes,
    stakes,
    commitments: new Map(),
    disputes: new Map(),
    bonds: 0n,
    burned: 0n,
    burnedStake: 0n,
  };
  return {
    rules,
    empty,
    people,
    modelIds,
    keys,
    signers: signers.map(({ address }) => lower(address)),
    token: lower(token.address),
    enclaves: lower(enclaves.address),
    measurement: MEASUREMENT,
  };
}

export type Deployment = Awaited<ReturnType<typeof deploy>>;
