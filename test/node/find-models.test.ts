// SPDX-License-Identifier: MIT
import { expect } from "chai";
import { toHex, zeroHash } from "viem";

import { digitsModel } from "../../scripts/digits-model.ts";
import { registerKey, registerModel } from "../../src/client/index.ts";
import { findModelVersion } from "../../src/node/find-models.ts";
import { ModelUnregisteredError } from "../../src/node/index.ts";
import { type Model, pathsToSet } from "../../src/protocol/index.ts";
import {
  loadModel,
  loadVerifyingKey,
  toContractVerifyingKey,
  weightsCommitment,
} from "../../src/zkml/index.ts";
import { makeChain } from "../client/chain.ts";
import { rejection } from "../client/rejection.ts";

describe("findModelVersion", () => {
  type Chain = Awaited<ReturnType<typeof makeChain>>;
  let chain: Chain;
  let version: Model;
  before(async function () {
    this.timeout(60_000);
    chain = await makeChain();
    const { client, deployment } = chain;
    const key = toContractVerifyingKey(await loadVerifyingKey("digits"));
    const { keyId } = await registerKey(client, { deployment, key });
    const weights = weightsCommitment(await loadModel("digits"));
    version = digitsModel({ publisher: client.address, weights, verifyingKeyId: keyId });
  });
  after(() => chain.connection.close());

  const find = async (wanted: { name?: string; modelId?: `0x${string}` } = {}) =>
    findModelVersion(chain.publicClient, {
      deployment: chain.deployment,
      name: "digits",
      model: await loadModel("digits"),
      ...wanted,
    });
  const register = async (publisher: Chain["client"], changes: Partial<Model> = {}) => {
    const { deployment } = chain;
    const model = { ...version, ...changes, publisher: publisher.address };
    return (await registerModel(publisher, { deployment, model })).modelId;
  };

  it("default: the first with these weights and this key, whoever registers more", async () => {
    const nothing = await rejection(find());
    expect(nothing, "no version yet").to.be.instanceOf(ModelUnregisteredError);
    const { deployment, challenger } = chain;
    const key = toContractVerifyingKey(await loadVerifyingKey("digits"));
    // Another key for the same circuit: its maker can prove anything under it.
    const foreign = { ...key, ic: key.ic.map(() => key.alpha) };
    const { keyId } = await registerKey(challenger, { deployment, key: foreign });
    await register(challenger, { verifyingKeyId: keyId });
    const other = await rejection(find());
    expect(other, "a key of somebody's own making").to.be.instanceOf(ModelUnregisteredError);

    const first = await register(chain.client);
    const later = await register(challenger, { bond: 1n, uri: "models/other.json" });
    const found = await find();
    expect(found.id, "the first").to.equal(first);
    expect(found.verifyingKey?.nPublic, "its key").to.equal(3);
    expect((await find({ modelId: later })).id, "the named one").to.equal(later);
  });

  it("behavior: a version without circuit needs no key", async () => {
    const modelId = await register(chain.challenger, {
      paths: pathsToSet(["vanilla"]),
      verifyingKeyId: zeroHash,
    });
    const { id, verifyingKey } = await find({ modelId });
    expect({ id, verifyingKey }, "version").to.deep.equal({ id: modelId, verifyingKey: undefined });
  });

  it("error: a named version of other weights", async () => {
    const weightsCommitment = toHex(7, { size: 32 });
    const modelId = await register(chain.challenger, { weightsCommitment });
    const error = await rejection(find({ modelId }));
    expect(error, "class").to.be.instanceOf(ModelUnregisteredError);
    expect((error as ModelUnregisteredError).code, "code").to.equal("NODE-003");
  });
});
