// SPDX-License-Identifier: MIT
import { inspect } from "node:util";

import { expect } from "chai";
import { hexToBigInt, keccak256, recoverAddress, size, slice, type Hex } from "viem";
import { publicKeyToAddress } from "viem/accounts";

import { parseCoseSign1 } from "../../src/tee/cose.ts";
import { computeMeasurement } from "../../src/tee/enclave-image.ts";
import { DebugDocumentError, EnclaveInputError } from "../../src/tee/errors.ts";
import { DEVELOPMENT_ROOT_HASH } from "../../src/tee/roots.ts";
import { createSoftwareEnclave } from "../../src/tee/software-enclave.ts";
import { verifyNitroDocument } from "../../src/tee/verify-nitro-document.ts";
import { expectRefusal, hex32, image, NOW } from "./fixtures.ts";

const SECP256K1_HALF_ORDER =
  0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n / 2n;
const DAY = 86_400;
const roots = [DEVELOPMENT_ROOT_HASH];

const boot = (debug = false) => createSoftwareEnclave({ image: image(), debug });

/** The rejection's error, of exactly this class. */
async function expectRejection(label: string, promise: Promise<unknown>): Promise<void> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expectRefusal(label, EnclaveInputError, () => {
    if (error !== undefined) throw error;
  });
}

describe("createSoftwareEnclave", () => {
  it("default: a fresh key and the image's measurement", () => {
    const [first, second] = [boot(), boot()];
    expect(size(first.publicKey), "size of the key").to.equal(65);
    expect(publicKeyToAddress(first.publicKey), "address").to.equal(first.address);
    expect(first.address, "a key per boot").not.to.equal(second.address);
    expect(first.measurement, "measurement").to.equal(computeMeasurement(image()));
  });

  it("behavior: the private key is nowhere on the object", () => {
    const enclave = boot();
    const members = Object.getOwnPropertyNames(enclave);
    expect(members, "members").to.have.members([
      "publicKey",
      "address",
      "measurement",
      "attest",
      "signResult",
      "proveKeyPossession",
    ]);
    const shown = inspect(enclave, { depth: null, showHidden: true });
    const hex32s = shown.match(/0x[0-9a-f]{64}(?![0-9a-f])/g);
    expect(hex32s, "only the measurement has 32 bytes").to.deep.equal([enclave.measurement]);
  });

  it("error: weights of another size", () => {
    expectRefusal("weights", EnclaveInputError, () =>
      createSoftwareEnclave({ image: image({ weights: "0x11" }) }),
    );
  });
});

describe("attest", () => {
  const enclave = boot();
  const userData = hex32("77");

  it("default: a document with the key, the data and 16 registers of 48 bytes", async () => {
    const document = await enclave.attest({ userData, nonce: "0x99", now: NOW + 0.5 });
    const verified = verifyNitroDocument(document, { now: NOW, roots });
    expect(verified.publicKey, "key").to.equal(enclave.publicKey);
    expect(verified.userData, "user data").to.equal(userData);
    expect(verified.nonce, "nonce").to.equal("0x99");
    expect(verified.measurement, "measurement").to.equal(enclave.measurement);
    expect(verified.timestamp, "milliseconds").to.equal(NOW * 1000 + 500);
    expect(verified.moduleId, "module").to.match(/^i-[0-9a-f]{17}-enc[0-9a-f]{16}$/);
    expect([...verified.pcrs.keys()], "registers").to.deep.equal(
      Array.from({ length: 16 }, (_, index) => index),
    );
    expect([...verified.pcrs.values()].map(size), "sizes").to.deep.equal(Array(16).fill(48));
    const zero = [...verified.pcrs].filter(([, pcr]) => /^0x0+$/.test(pcr)).map(([index]) => index);
    expect(zero, "zero registers").to.deep.equal([3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
  });

  it("behavior: the encoding is that of genuine documents of 2026", async () => {
    const document = await enclave.attest({ userData, now: NOW });
    const { payload } = parseCoseSign1(document);
    expect(Buffer.from(document.subarray(0, 8)).toString("hex"), "head").to.equal(
      "8444a1013822a059",
    );
    expect([payload[0], payload.at(-1)], "indefinite map").to.deep.equal([0xbf, 0xff]);
    expect(document.length, "size, as genuine ones").to.be.within(4_400, 4_800);
  });

  it("behavior: lives and names of the certificates", async () => {
    const document = await enclave.attest({ userData, now: NOW });
    const { certificates, moduleId } = verifyNitroDocument(document, { now: NOW, roots });
    const [instance] = moduleId.split("-enc");
    const lives = certificates.map(({ notBefore, notAfter }) => [NOW - notBefore, notAfter - NOW]);
    const suffix = "local-1.assay.development.nitro-enclaves";
    expect(lives.slice(1), "seconds before and after").to.deep.equal([
      [3_600, 20 * DAY],
      [3_600, 6 * DAY],
      [0, DAY],
      [3, 10_800],
    ]);
    for (const [index, pattern] of [
      /CN=assay\.development\.nitro-enclaves$/,
      new RegExp(`CN=[0-9a-f]{16}\\.${suffix}$`),
      new RegExp(`^CN=[0-9a-f]{16}\\.zonal\\.${suffix}, `),
      new RegExp(`CN=${instance}\\.${suffix}$`),
      new RegExp(`CN=${moduleId}\\.local-1\\.assay$`),
    ].entries()) {
      expect(certificates[index]!.subject, `subject ${index}`).to.match(pattern);
    }
  });

  it("behavior: without a time it uses the clock", async () => {
    const before = Date.now();
    const document = await enclave.attest({ userData });
    const after = Date.now();
    const { timestamp } = verifyNitroDocument(document, { now: Math.floor(after / 1000), roots });
    expect(timestamp, "timestamp").to.be.within(before, after);
  });

  it("behavior: certificates are kept while they live and issued again when they do not", async () => {
    const rotating = boot();
    const pathAt = async (now: number) => {
      const document = await rotating.attest({ userData, now });
      return verifyNitroDocument(document, { now, roots }).certificates.map(({ sha256 }) => sha256);
    };
    const first = await pathAt(NOW);
    for (const [label, now, kept] of [
      ["leaf's last second", NOW + 10_800, 5],
      ["new leaf", NOW + 10_801, 4],
      ["new instance", NOW + DAY + 1, 3],
      ["new zone", NOW + 6 * DAY + 1, 2],
      ["new region", NOW + 20 * DAY + 1, 1],
      ["clock set back", NOW - DAY, 1],
    ] as const) {
      const path = await pathAt(now);
      const same = path.filter((hash, index) => hash === first[index]).length;
      expect(same, label).to.equal(kept);
    }
  });

  it("behavior: debug mode zeroes PCR0..2 alone", async () => {
    const document = await boot(true).attest({ userData, now: NOW });
    expectRefusal("debug", DebugDocumentError, () =>
      verifyNitroDocument(document, { now: NOW, roots }),
    );
  });

  it("behavior: bounds are inclusive", async () => {
    const largest: Hex = `0x${"77".repeat(512)}`;
    const document = await enclave.attest({ userData: largest, nonce: largest, now: NOW });
    const verified = verifyNitroDocument(document, { now: NOW, roots });
    expect([verified.userData, verified.nonce], "512 bytes each").to.deep.equal([largest, largest]);
  });

  it("error: what a genuine enclave would refuse", async () => {
    const tooLarge: Hex = `0x${"77".repeat(513)}`;
    await expectRejection("userData", enclave.attest({ userData: tooLarge, now: NOW }));
    await expectRejection("nonce", enclave.attest({ userData, nonce: tooLarge, now: NOW }));
    for (const now of [0, Date.UTC(2050, 0) / 1000, Number.NaN]) {
      await expectRejection(`now ${now}`, enclave.attest({ userData, now }));
    }
  });
});

for (const method of ["signResult", "proveKeyPossession"] as const) {
  describe(method, () => {
    const enclave = boot();

    it("default: recovers to the enclave's address, as ecrecover does", async () => {
      for (let index = 0; index < 20; index += 1) {
        const digest = keccak256(`0x${index.toString(16).padStart(2, "0")}`);
        const signature = await enclave[method](digest);
        const [s, v] = [slice(signature, 32, 64), slice(signature, 64)];
        expect(size(signature), "size").to.equal(65);
        expect(hexToBigInt(s) <= SECP256K1_HALF_ORDER, "low s").to.equal(true);
        expect(["0x1b", "0x1c"], "v is 27 or 28").to.include(v);
        expect(await recoverAddress({ hash: digest, signature }), "signer").to.equal(
          enclave.address,
        );
      }
    });

    it("error: not a digest of 32 bytes", async () => {
      for (const digest of ["0x", "0x11", `${hex32("11")}11`] as const) {
        await expectRejection(digest, enclave[method](digest));
      }
    });
  });
}
