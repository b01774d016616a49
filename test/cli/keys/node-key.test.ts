// SPDX-License-Identifier: MIT
import { expect } from "chai";

import { takeNodeKeys } from "../../../src/cli/keys/node-key.ts";
import { BaseError } from "../../../src/protocol/errors.ts";
import { rejection } from "../../client/rejection.ts";
import { type Folder, makeFolder, withEnvironment } from "../folder.ts";
import { keyOf } from "../world.ts";
import { storedKey } from "./other-wallet.ts";

const [NODE, GAS, MORE_GAS] = [keyOf("keys"), keyOf("gas"), keyOf("more gas")];
const PASSWORD = "correct horse battery staple";

describe("takeNodeKeys", () => {
  let folder: Folder;
  let node: string;
  let gas: string;
  let passwordFile: string;

  before(async () => {
    folder = await makeFolder();
    node = await folder.put("node.json", storedKey(NODE, PASSWORD));
    gas = await folder.put("gas.json", storedKey(GAS, PASSWORD));
    passwordFile = await folder.put("password", `${PASSWORD}\n`);
  });
  after(() => folder.remove());

  it("default: from key stores, by a password file", async () => {
    const keys = await takeNodeKeys({ keystore: node, gasPayer: [gas], passwordFile });
    expect(keys, "keys").to.deep.equal({ privateKey: NODE, gasPayerKeys: [GAS] });
  });

  it("behavior: from the environment, where nothing stays", async () => {
    const variables = { ASSAY_NODE_KEY: NODE, ASSAY_GAS_KEYS: `${GAS}, ${MORE_GAS}` };
    await withEnvironment(variables, async () => {
      const keys = await takeNodeKeys({ gasPayer: [] });
      expect(keys, "keys").to.deep.equal({ privateKey: NODE, gasPayerKeys: [GAS, MORE_GAS] });
      for (const name of Object.keys(variables))
        expect(process.env[name], `${name} afterwards`).to.equal(undefined);
    });
  });

  it("behavior: the password comes from the environment, where it does not stay; a file is preferred", async () => {
    await withEnvironment({ ASSAY_NODE_PASSWORD: PASSWORD }, async () => {
      const { privateKey } = await takeNodeKeys({ keystore: node, gasPayer: [] });
      expect(privateKey, "key").to.equal(NODE);
      expect(process.env["ASSAY_NODE_PASSWORD"], "afterwards").to.equal(undefined);
    });
    await withEnvironment({ ASSAY_NODE_PASSWORD: "another one" }, async () => {
      const { privateKey } = await takeNodeKeys({ keystore: node, gasPayer: [], passwordFile });
      expect(privateKey, "key").to.equal(NODE);
    });
  });

  it("behavior: the node's key from the environment, a gas payer's from its key store", async () => {
    await withEnvironment({ ASSAY_NODE_KEY: NODE }, async () => {
      const keys = await takeNodeKeys({ gasPayer: [gas], passwordFile });
      expect(keys, "keys").to.deep.equal({ privateKey: NODE, gasPayerKeys: [GAS] });
    });
  });

  it("error: keys that are missing, doubled or none, and passwords that are none", async () => {
    const wrong = await folder.put("wrong", "incorrect horse");
    const empty = await folder.put("empty", "\n");
    const files = { gasPayer: [], passwordFile };
    const tooLarge = `0x${"ff".repeat(32)}`;
    const cases: [string, Parameters<typeof takeNodeKeys>[0], Record<string, string>?][] = [
      ["CLI-009", files],
      ["CLI-009", { ...files, gasPayer: [gas] }],
      ["CLI-010", files, { ASSAY_NODE_KEY: "hello" }],
      ["CLI-010", files, { ASSAY_NODE_KEY: NODE.slice(2) }],
      ["CLI-010", files, { ASSAY_NODE_KEY: tooLarge }],
      ["CLI-010", files, { ASSAY_NODE_KEY: `${NODE},${GAS}` }],
      ["CLI-010", files, { ASSAY_NODE_KEY: NODE, ASSAY_GAS_KEYS: `${GAS},` }],
      ["CLI-021", { ...files, keystore: node }, { ASSAY_NODE_KEY: NODE }],
      ["CLI-021", { ...files, keystore: node, gasPayer: [gas] }, { ASSAY_GAS_KEYS: MORE_GAS }],
      ["CLI-028", { ...files, keystore: node, gasPayer: [node] }],
      ["CLI-028", { ...files, keystore: node }, { ASSAY_GAS_KEYS: `${GAS},${GAS}` }],
      ["CLI-005", { ...files, keystore: `${folder.path}/none` }],
      ["CLI-005", { ...files, keystore: NODE }],
      ["CLI-005", { ...files, keystore: node, passwordFile: PASSWORD }],
      ["CLI-019", { keystore: node, gasPayer: [] }],
      ["CLI-019", { keystore: node, gasPayer: [], passwordFile: empty }],
      ["CLI-020", { keystore: node, gasPayer: [], passwordFile: wrong }],
    ];
    for (const [code, options, variables = {}] of cases) {
      const error = await withEnvironment(variables, () => rejection(takeNodeKeys(options)));
      const label = `${code}: ${JSON.stringify(Object.keys({ ...options, ...variables }))}`;
      expect(error, label).to.be.instanceOf(BaseError);
      expect((error as BaseError).code, label).to.equal(code);
      const { message, stack = "" } = error as Error;
      for (const secret of [NODE, GAS, MORE_GAS, tooLarge])
        expect(`${message} ${stack}`, `${label}: a key is shown`).not.to.include(secret.slice(2));
    }
  });
});
