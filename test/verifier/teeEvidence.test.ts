// SPDX-License-Identifier: MIT
import { expect } from "chai";
import {
  type Client,
  decodeFunctionData,
  encodeFunctionData,
  type Hex,
  toEventSelector,
  zeroAddress,
  zeroHash,
} from "viem";
import { getAbiItem } from "viem/utils";

import { enclaveRegistryAbi } from "../../src/abi/enclaveRegistry.ts";
import { nodeRegistryAbi } from "../../src/abi/nodeRegistry.ts";
import {
  allowMeasurement,
  fulfil,
  getEnclaveKey,
  revokeKey,
  revokeMeasurement,
} from "../../src/client/index.ts";
import { Evidence } from "../../src/protocol/evidence.ts";
import type { Receipt } from "../../src/protocol/receipt.ts";
import { buildReceipt, verifyReceipt } from "../../src/verifier/index.ts";
import { createSoftwareEnclave, type Enclave } from "../../src/tee/index.ts";
import { admit, type Proposal } from "./admit.ts";
import { contradict, contradictView } from "./contradictions.ts";
import { expectRefuted, expectValid } from "./reports.ts";
import { makeEvidence, open, settle } from "./settle.ts";
import { closeWorld, createWorld, type World } from "./world.ts";

const NAME = "evidence:tee";

describe("verifyReceipt: TEE evidence", () => {
  let world: World;
  let receipt: Receipt;
  const verify = (client: Client = world.chain) =>
    verifyReceipt(client, { deployment: world.deployment, receipt });
  /** Runs on a chain that forgets it afterwards. */
  const aside = async (body: () => Promise<void>) => {
    const snapshot = await world.connection.networkHelpers.takeSnapshot();
    await body();
    await snapshot.restore();
  };
  const withKey = (fields: Record<string, unknown>) =>
    contradictView(world, { abi: enclaveRegistryAbi, functionName: "keyOf", fields });
  const settledAt = () => Number(receipt.settledAt.timestamp);

  before(async () => {
    world = await createWorld();
    const { chain, deployment } = world;
    const { id } = await settle(world, "tee");
    receipt = await buildReceipt(chain, { deployment, requestId: id });
  });
  after(() => closeWorld(world));

  it("default: verifies, although the node's payout address has changed since its document", async () => {
    expectValid(await verify(), "receipt");
  });

  it("behavior: what ends later takes nothing back", async () => {
    const { deployment, wallets, enclave, modelId, connection } = world;
    const { measurement, address: key } = enclave;
    await aside(async () => {
      await revokeKey(wallets.node, { deployment, key });
      expectValid(await verify(), "key revoked");
    });
    await aside(async () => {
      await revokeMeasurement(wallets.publisher, { deployment, modelId, measurement });
      expectValid(await verify(), "measurement revoked");
      await allowMeasurement(wallets.publisher, { deployment, modelId, measurement });
      expectValid(await verify(), "and allowed again");
    });
    await aside(async () => {
      await connection.networkHelpers.time.increase(2 * 86_400);
      await connection.networkHelpers.mine();
      expectValid(await verify(), "key and certificates expired");
    });
  });

  it("behavior: a node that retired later", async () => {
    const retired = contradictView(world, {
      abi: nodeRegistryAbi,
      functionName: "nodeOf",
      fields: { retiredAt: settledAt() + 1 },
    });
    expectValid(await verify(retired), "later");
    const before = contradictView(world, {
      abi: nodeRegistryAbi,
      functionName: "nodeOf",
      fields: { retiredAt: settledAt() - 1 },
    });
    expectRefuted(await verify(before), NAME, /no active inference node/, "before");
  });

  it("error: the key was not live when it was used", async () => {
    const { deployment, enclave, chain } = world;
    const entry = await getEnclaveKey(chain, { deployment, key: enclave.address });
    const time = settledAt();
    const cases: [string, Record<string, unknown>, RegExp][] = [
      ["never admitted", { admittedAt: 0 }, /no admitted enclave key/],
      ["admitted later", { admittedAt: time + 1 }, /admitted only after/],
      ["expired", { expiresAt: time }, /had expired/],
      ["revoked before", { revokedAt: time - 1 }, /had been revoked/],
      ["of another node", { node: zeroAddress }, /admitted for node/],
      ["of another model", { modelId: zeroHash }, /admitted for model/],
      ["of another measurement", { measurement: zeroHash }, /measurement .* was not allowed/],
      ["with another expiry", { expiresAt: entry.expiresAt + 1 }, /other terms/],
    ];
    for (const [label, fields, reason] of cases)
      expectRefuted(await verify(withKey(fields)), NAME, reason, label);
    expectValid(await verify(withKey({ revokedAt: time + 1 })), "revoked a second later");
  });

  it("behavior: within one second the order of the chain's events decides", async () => {
    const { connection, deployment, wallets, enclave, chain } = world;
    await aside(async () => {
      const order = await open(world, "tee");
      const { request, result } = order;
      const evidence = await makeEvidence(world, "tee", order);
      await connection.provider.request({ method: "evm_setAutomine", params: [false] });
      const gas = 1_000_000n;
      const sent = fulfil(wallets.node, {
        deployment,
        request,
        result,
        kind: Evidence.TEE,
        evidence,
        gas,
      });
      const revoked = (async () => {
        while ((await chain.getBlock({ blockTag: "pending" })).transactions.length < 1)
          await Promise.resolve();
        await revokeKey(wallets.operator, { deployment, key: enclave.address, gas });
      })();
      while ((await chain.getBlock({ blockTag: "pending" })).transactions.length < 2)
        await Promise.resolve();
      await connection.networkHelpers.mine();
      await connection.provider.request({ method: "evm_setAutomine", params: [true] });
      await Promise.all([sent, revoked]);
      const same = await buildReceipt(chain, { deployment, requestId: order.id });
      const { revokedAt } = await getEnclaveKey(chain, { deployment, key: enclave.address });
      expect(BigInt(revokedAt), "second of the revocation").to.equal(same.settledAt.timestamp);
      expectValid(await verifyReceipt(chain, { deployment, receipt: same }), "used, then revoked");
    });
  });

  it("error: the measurement was not allowed when the key was used", async () => {
    const without = contradict(world, (method, params, answer) => {
      const [filter] = params as [{ topics?: (Hex | null)[] }];
      const asksForMeasurement =
        method === "eth_getLogs" && filter.topics?.[2] === world.enclave.measurement;
      return asksForMeasurement ? [] : answer;
    });
    expectRefuted(await verify(without), NAME, /measurement .* was not allowed/, "never allowed");
  });

  it("error: the attestation document does not verify", async () => {
    const tampered = (change: (document: Hex) => Hex) =>
      contradict(world, (method, _params, answer) => {
        if (method !== "eth_getTransactionByHash" || answer === null) return answer;
        const transaction = answer as { input: Hex; to: Hex };
        if (transaction.to !== world.deployment.enclaveRegistry.toLowerCase()) return answer;
        const { args, functionName } = decodeFunctionData({
          abi: enclaveRegistryAbi,
          data: transaction.input,
        });
        if (functionName !== "proposeDocument") return answer;
        const changed = args.with(4, change(args[4])) as unknown as typeof args;
        return {
          ...transaction,
          input: encodeFunctionData({ abi: enclaveRegistryAbi, functionName, args: changed }),
        };
      });
    expectRefuted(
      await verify(tampered((document) => `${document.slice(0, -2)}00` as Hex)),
      NAME,
      /not the one that was judged/,
      "another document",
    );
    const moved = contradictView(world, {
      abi: nodeRegistryAbi,
      functionName: "nodeOf",
      fields: { operator: zeroAddress },
    });
    expectValid(await verify(moved), "the operator at the document's time counts");
    const unregistered = contradict(world, (method, params, answer) => {
      const [filter] = params as [{ address?: string[] }];
      const asksNodes =
        method === "eth_getLogs" &&
        filter.address?.some((address) => address === world.deployment.nodeRegistry);
      return asksNodes ? [] : answer;
    });
    expectRefuted(await verify(unregistered), NAME, /had not registered/, "no node");
    const changed = toEventSelector(getAbiItem({ abi: nodeRegistryAbi, name: "PayoutChanged" }));
    const unchanged = contradict(world, (method, params, answer) => {
      const [filter] = params as [{ topics?: (Hex | null)[] }];
      return method === "eth_getLogs" && filter.topics?.[0] === changed ? [] : answer;
    });
    expectRefuted(await verify(unchanged), NAME, /user_data/, "another payout address");
  });

  it("error: the registry's history has no admission or no proposal of the key", async () => {
    const cases = [
      ["EnclaveKeyAdmitted", /never admitted/],
      ["DocumentProposed", /admitted without a proposal/],
    ] as const;
    for (const [name, reason] of cases) {
      const selector = toEventSelector(getAbiItem({ abi: enclaveRegistryAbi, name }));
      const forgetful = contradict(world, (method, params, answer) => {
        const [filter] = params as [{ topics?: (Hex | null)[] }];
        return method === "eth_getLogs" && filter.topics?.[0] === selector ? [] : answer;
      });
      expectRefuted(await verify(forgetful), NAME, reason, name);
    }
  });

  it("error: registrars who admit what they should not deceive nobody", async () => {
    const { parties, image, wallets, deployment, chain, connection } = world;
    const other = createSoftwareEnclave({ image });
    const debug = createSoftwareEnclave({ image, debug: true });
    const now = await world.now();
    const cases: [string, Enclave, Proposal, RegExp][] = [
      ["garbage", createSoftwareEnclave({ image }), { document: () => "0x01" }, /COSE/],
      ["debug mode", debug, {}, /debug enclave/],
      ["another enclave's", createSoftwareEnclave({ image }), { attester: other }, /attests key/],
      [
        "for another node",
        createSoftwareEnclave({ image }),
        { binding: { node: zeroAddress } },
        /user_data/,
      ],
      [
        "for another operator",
        createSoftwareEnclave({ image }),
        { binding: { operator: zeroAddress } },
        /user_data/,
      ],
      [
        "with an old challenge",
        createSoftwareEnclave({ image }),
        { binding: { challenge: zeroHash } },
        /user_data/,
      ],
      [
        "from the future",
        createSoftwareEnclave({ image }),
        { madeAt: now + 1_000 },
        /is valid from/,
      ],
      [
        "too long a life",
        createSoftwareEnclave({ image }),
        { madeAt: now - 3_600, expiresAt: now + 86_300 },
        /its document allows/,
      ],
      ["good", createSoftwareEnclave({ image }), {}, /./],
    ];
    for (const [label, enclave, proposal, reason] of cases) {
      const snapshot = await connection.networkHelpers.takeSnapshot();
      await admit({ ...parties, now: await world.now() }, enclave, proposal);
      const order = await open(world, "tee");
      const { request, result } = order;
      const evidence = await makeEvidence({ ...world, enclave }, "tee", order);
      await fulfil(wallets.node, { deployment, request, result, kind: Evidence.TEE, evidence });
      const settled = await buildReceipt(chain, { deployment, requestId: order.id });
      const report = await verifyReceipt(chain, { deployment, receipt: settled });
      if (label === "good") expectValid(report, label);
      else expectRefuted(report, NAME, reason, label);
      await snapshot.restore();
    }
  });
});
