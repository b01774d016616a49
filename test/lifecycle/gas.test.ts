// SPDX-License-Identifier: MIT
// What every step costs and how large every contract is, to the unit: gas.json. `ASSAY_UPDATE_GAS=1` writes it again.
import { readFileSync, writeFileSync } from "node:fs";

import { expect } from "chai";
import { artifacts } from "hardhat";
import { format } from "prettier";
import { concat, type Hex, keccak256, numberToHex, size, toHex } from "viem";

import {
  Evidence,
  evidenceOf,
  hashRequest,
  NO_EVIDENCE,
  NO_RESULT,
  PATHS,
  type Path,
  type Request,
  type Result,
} from "../../src/protocol/index.ts";
import {
  by,
  createGasWorld,
  type GasWorld,
  OTHER_OUTPUT,
  OUTPUT,
  WINDOW,
} from "../../scripts/bench/gas/world.ts";
import { createKnownKeyProver } from "./known-key-prover.ts";

const FILE = new URL("gas.json", import.meta.url);
const MAX_CONTRACT_BYTES = 24_576;
const SALT = keccak256(toHex("salt"));

type Figures = Record<string, number>;
interface Snapshot {
  gas: Figures;
  bytes: Figures;
}

describe("gas", () => {
  const measured: Snapshot = { gas: {}, bytes: {} };

  before(async function () {
    this.timeout(240_000);
    measured.bytes = await readSizes();
    measured.gas = await measureSteps();
    if (process.env["ASSAY_UPDATE_GAS"] === "1")
      writeFileSync(FILE, await format(JSON.stringify(measured), { parser: "json" }));
  });

  it("default: every step uses the gas of gas.json", () => {
    expectEqual(measured.gas, readSnapshot().gas, "gas");
  });

  it("behavior: every contract has the bytes of gas.json", () => {
    expectEqual(measured.bytes, readSnapshot().bytes, "bytes");
  });

  it("behavior: every contract fits the limit", () => {
    for (const [name, bytes] of Object.entries(measured.bytes))
      expect(bytes, `bytes of ${name}`).to.be.lessThan(MAX_CONTRACT_BYTES);
  });
});

const readSnapshot = (): Snapshot => JSON.parse(readFileSync(FILE, "utf8")) as Snapshot;

/** Fails with a table of what differs. */
function expectEqual(actual: Figures, expected: Figures, unit: string): void {
  const rows = [...new Set([...Object.keys(expected), ...Object.keys(actual)])]
    .filter((name) => actual[name] !== expected[name])
    .map((name) => {
      const [before, after] = [expected[name], actual[name]];
      const change = before === undefined || after === undefined ? "" : after - before;
      return [name, before ?? "none", after ?? "none", change].map(String);
    });
  const table = [[unit, "before", "after", "change"], ...rows]
    .map(
      ([name = "", ...cells]) => name.padEnd(48) + cells.map((cell) => cell.padStart(10)).join(""),
    )
    .join("\n");
  const message = `ASSAY_UPDATE_GAS=1 accepts these; say why in the commit.\n${table}\nfigures that differ`;
  expect(rows.length, message).to.equal(0);
}

/** Runtime bytes of every contract that is deployed; mocks and examples are not. */
async function readSizes(): Promise<Figures> {
  const sizes: Figures = {};
  for (const name of [...(await artifacts.getAllFullyQualifiedNames())].sort()) {
    if (!/^contracts\/(?:evidence\/)?\w+\.sol:/.test(name)) continue;
    const { contractName, deployedBytecode } = await artifacts.readArtifact(name);
    sizes[contractName] = size(deployedBytecode as Hex);
  }
  return sizes;
}

/* STEPS: each flow begins in the same state, so that a new step changes no other figure */

async function measureSteps(): Promise<Figures> {
  const world = await createGasWorld(createKnownKeyProver);
  const flows: (() => Promise<void>)[] = [
    ...PATHS.flatMap((path) => [
      () => acceptAndFulfil(world, path),
      () => fulfilUnassigned(world, path),
    ]),
    ...(["zkml", "tee"] as const).flatMap((path) => [
      () => addEvidence(world, path),
      () => decide(world, path, "upheld"),
      () => refundUnproved(world, path),
    ]),
    () => decide(world, "zkml", "rejected"),
    () => concludeSilence(world),
    () => concludeJury(world),
    () => rescue(world),
    () => endEarly(world),
    () => takeMoneyOut(world),
  ];
  for (const flow of flows) {
    await world.restart();
    await flow();
  }
  await world.close();
  return Object.fromEntries(world.used);
}

async function acceptAndFulfil(world: GasWorld, path: Path): Promise<void> {
  const { market } = world.contracts;
  const { client, node } = world.accounts;
  const [request, result] = [world.requestOn(path), world.resultBy(node)];
  const evidence = await world.evidenceFor(evidenceOf(path), request, result);
  const fulfilment = [request, result, evidenceOf(path), evidence] as const;
  await world.note(`${path}: openRequest`, () => market.write.openRequest([request], by(client)));
  await world.note(`${path}: accept`, () => market.write.accept([request], by(node)));
  await world.note(`${path}: fulfil`, () => market.write.fulfil(fulfilment, by(node)));
  if (path !== "vanilla") return;
  world.pass(WINDOW);
  await world.note(`${path}: finalize`, () => market.write.finalize([request, result], by(node)));
}

/** By the node that the request names, without `accept`. */
async function fulfilUnassigned(world: GasWorld, path: Path): Promise<void> {
  const { market } = world.contracts;
  const { client, node } = world.accounts;
  const [request, result] = [world.requestOn(path), world.resultBy(node)];
  const evidence = await world.evidenceFor(evidenceOf(path), request, result);
  const fulfilment = [request, result, evidenceOf(path), evidence] as const;
  await world.send(() => market.write.openRequest([request], by(client)));
  await world.note(`${path}: fulfil, not accepted before`, () =>
    market.write.fulfil(fulfilment, by(node)),
  );
}

/** A request that NODE answered with a claim. */
async function deliver(
  world: GasWorld,
  path: Path,
  output = OUTPUT,
  overrides: Partial<Request> = {},
): Promise<readonly [Request, Result]> {
  const { market } = world.contracts;
  const { client, node } = world.accounts;
  const request = world.requestOn(path, { requiredEvidence: NO_EVIDENCE, ...overrides });
  const result = world.resultBy(node, output);
  const fulfilment = [request, result, Evidence.VANILLA, "0x"] as const;
  await world.send(() => market.write.openRequest([request], by(client)));
  await world.send(() => market.write.fulfil(fulfilment, by(node)));
  return [request, result];
}

async function addEvidence(world: GasWorld, path: Path): Promise<void> {
  const { market } = world.contracts;
  const { challenger } = world.accounts;
  const delivered = await deliver(world, path);
  const evidence = await world.evidenceFor(evidenceOf(path), ...delivered);
  await world.note(`${path}: prove a claim`, () =>
    market.write.prove([...delivered, evidenceOf(path), evidence], by(challenger)),
  );
}

async function rescue(world: GasWorld): Promise<void> {
  const { market } = world.contracts;
  const { client, node, rescuer } = world.accounts;
  const [request, result] = [world.requestOn("zkml"), world.resultBy(rescuer)];
  const evidence = await world.evidenceFor(Evidence.ZKML, request, result);
  const rescuing = [request, result, Evidence.ZKML, evidence] as const;
  await world.send(() => market.write.openRequest([request], by(client)));
  await world.send(() => market.write.accept([request], by(node)));
  world.pass(600);
  await world.note("zkml: rescue", () => market.write.rescue(rescuing, by(rescuer)));
}

/* DISPUTES */

/** NODE answered wrongly if `output` is not the right one; the challenger claims the opposite. */
async function challenge(world: GasWorld, path: Path, output: Hex, label?: string) {
  const { court } = world.contracts;
  const { node, challenger } = world.accounts;
  const delivered = await deliver(world, path, output);
  const claim = world.resultBy(node, output === OUTPUT ? OTHER_OUTPUT : OUTPUT);
  const id = hashRequest(world.domain, delivered[0]);
  const commitment = await court.read.challengeCommitment([challenger, id, claim, SALT]);
  const measure = (name: string, write: () => Promise<Hex>) =>
    label === undefined ? world.send(write) : world.note(`${label}: ${name}`, write);
  await measure("commitChallenge", () => court.write.commitChallenge([commitment], by(challenger)));
  await measure("challenge", () =>
    court.write.challenge([...delivered, claim, SALT], by(challenger)),
  );
  return { delivered, id };
}

async function decide(
  world: GasWorld,
  path: "zkml" | "tee",
  verdict: "upheld" | "rejected",
): Promise<void> {
  const { court } = world.contracts;
  const { node } = world.accounts;
  const upheld = verdict === "upheld";
  const answer = upheld ? OUTPUT : OTHER_OUTPUT;
  const { delivered } = await challenge(world, path, answer, upheld ? path : undefined);
  const proved = world.resultBy(node);
  const evidence = await world.evidenceFor(evidenceOf(path), delivered[0], proved);
  await world.note(`${path}: decide, ${verdict}`, () =>
    court.write.decide([...delivered, proved, evidence], by(node)),
  );
}

async function concludeSilence(world: GasWorld): Promise<void> {
  const { court } = world.contracts;
  const { delivered } = await challenge(world, "zkml", OTHER_OUTPUT);
  world.pass(WINDOW);
  await world.note("zkml: conclude, rejected for silence", () => court.write.conclude(delivered));
}

/** As NodeRegistry picks among so many seats. */
const seatPicked = (seed: Hex, pick: number, seats: number): number =>
  1 + Number(BigInt(keccak256(concat([seed, numberToHex(pick, { size: 32 })]))) % BigInt(seats));

async function concludeJury(world: GasWorld): Promise<void> {
  const { court } = world.contracts;
  const { delivered, id } = await challenge(world, "vanilla", OTHER_OUTPUT, "vanilla");
  const [request] = delivered;
  const seats = world.firstVerifier + world.verifiers.length;
  // The seed is the second block from here; its first picks draw the first seats.
  await world.mine();
  await world.mineHash((hash) =>
    [0, 1, 2].every((pick) => seatPicked(keccak256(concat([hash, id])), pick, seats) === pick + 1),
  );
  await world.mine();
  await world.note("vanilla: drawJury", () => court.write.drawJury([request]));
  const jurors = await court.read.jurorsOf([id]);
  const [first, ...others] = jurors as [Hex, ...Hex[]];
  const { outputCommitment, units } = world.resultBy(first);
  const vote = async (juror: Hex) => {
    const ballot = [juror, id, outputCommitment, units, SALT] as const;
    const commitment = await court.read.voteCommitment(ballot);
    return () => court.write.commitVote([id, commitment], by(juror));
  };
  const reveal = (juror: Hex) => () =>
    court.write.revealVote([request, outputCommitment, units, SALT], by(juror));
  await world.note("vanilla: commitVote", await vote(first));
  for (const juror of others) await world.send(await vote(juror));
  world.pass(WINDOW);
  await world.note("vanilla: first revealVote", reveal(first));
  for (const juror of others) await world.send(reveal(juror));
  await world.note("vanilla: conclude, rejected by three", () => court.write.conclude(delivered));
}

/* REFUNDS AND MONEY */

async function refundUnproved(world: GasWorld, path: "zkml" | "tee"): Promise<void> {
  const { market } = world.contracts;
  const required = world.requestOn(path).requiredEvidence;
  const delivered = await deliver(world, path, OUTPUT, { requiredEvidence: required });
  world.pass(3_600);
  await world.note(`${path}: refund, never proved`, () => market.write.refund(delivered));
}

async function endEarly(world: GasWorld): Promise<void> {
  const { market } = world.contracts;
  const { client, node } = world.accounts;
  const [cancelled, late, unserved] = [1n, 2n, 3n].map((nonce) =>
    world.requestOn("vanilla", { nonce }),
  ) as [Request, Request, Request];
  for (const request of [cancelled, late, unserved])
    await world.send(() => market.write.openRequest([request], by(client)));
  await world.note("cancel", () => market.write.cancel([cancelled], by(client)));
  await world.send(() => market.write.accept([late], by(node)));
  world.pass(600);
  await world.note("refund, accepted and late", () => market.write.refund([late, NO_RESULT]));
  await world.note("refund, never accepted", () => market.write.refund([unserved, NO_RESULT]));
}

async function takeMoneyOut(world: GasWorld): Promise<void> {
  const { market } = world.contracts;
  const { client } = world.accounts;
  await world.note("money: withdraw", () =>
    market.write.withdraw([client, 10n ** 18n], by(client)),
  );
}
