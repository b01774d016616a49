// SPDX-License-Identifier: MIT
import { createPublicKey, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";

import { verifyEcdsa } from "../../src/tee/ecdsa.ts";
import { keyPair, requireData } from "./fixtures.ts";

interface WycheproofGroup {
  publicKeyDer: string;
  tests: { tcId: number; comment: string; msg: string; sig: string; result: "valid" | "invalid" }[];
}

const message = Buffer.from("message");
const fromHex = (hex: string) => Buffer.from(hex, "hex");

describe("verifyEcdsa", () => {
  it("default", () => {
    const key = keyPair();
    for (const dsaEncoding of ["der", "ieee-p1363"] as const) {
      const signature = sign("sha384", message, { key, dsaEncoding });
      const check = (text: Uint8Array) =>
        verifyEcdsa(createPublicKey(key), text, signature, dsaEncoding);
      expect(check(message), `${dsaEncoding}: signed message`).to.equal(true);
      expect(check(Buffer.from("massage")), `${dsaEncoding}: other message`).to.equal(false);
    }
  });

  it("error: one encoding is not taken for the other", () => {
    const key = keyPair();
    const signature = sign("sha384", message, { key, dsaEncoding: "der" });
    const taken = verifyEcdsa(createPublicKey(key), message, signature, "ieee-p1363");
    expect(taken, "DER as r || s").to.equal(false);
  });

  it("behavior: agrees with all 504 vectors of Wycheproof", function () {
    const file = join(requireData(this), "wycheproof/ecdsa_secp384r1_sha384_test.json");
    const { testGroups } = JSON.parse(readFileSync(file, "utf8")) as {
      testGroups: WycheproofGroup[];
    };
    let [valid, invalid] = [0, 0];
    for (const { publicKeyDer, tests } of testGroups) {
      const key = createPublicKey({ key: fromHex(publicKeyDer), format: "der", type: "spki" });
      for (const { tcId, comment, msg, sig, result } of tests) {
        const actual = verifyEcdsa(key, fromHex(msg), fromHex(sig), "der");
        expect(actual, `${tcId}: ${comment}`).to.equal(result === "valid");
        if (actual) valid += 1;
        else invalid += 1;
      }
    }
    expect([valid, invalid], "valid and invalid vectors").to.deep.equal([194, 310]);
  });
});
