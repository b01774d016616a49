// SPDX-License-Identifier: MIT
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";
import { concatHex, hexToBytes, keccak256, size, type Hex } from "viem";

import { BaseError } from "../../src/protocol/errors.ts";
import { decodeStrictCbor } from "../../src/tee/cbor.ts";
import { parseCoseSign1 } from "../../src/tee/cose.ts";
import {
  CborError,
  CertificateExpiredError,
  CertificateNotYetValidError,
  DebugDocumentError,
  DocumentSignatureError,
  DocumentStaleError,
} from "../../src/tee/errors.ts";
import { parseNitroPayload } from "../../src/tee/nitro-payload.ts";
import { AWS_NITRO_ROOT_HASH } from "../../src/tee/roots.ts";
import type { NitroDocument } from "../../src/tee/types.ts";
import { verifyNitroDocument } from "../../src/tee/verify-nitro-document.ts";
import { expectRefusal, requireData } from "./fixtures.ts";

interface ExpectedDocument {
  len: number;
  sha256: string;
  prot: string;
  keys: string;
  payloadMapByte: string;
  module_id: string;
  digest: string;
  ts: number;
  nPcrs: number;
  pcr: Record<string, string>;
  pcrLens: string;
  public_key: string;
  user_data: string;
  nonce: string;
  certSizes: number[];
  chain: { cn: string; nb: string; na: string }[];
  sigLen: number;
  validFrom: number;
  validTo: number;
  lowS: boolean;
}

const P384_HALF_ORDER =
  0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n /
  2n;

const isDebug = (name: string) => name.includes("debugmode");
const optional = (text: string) => (text === "null" ? undefined : `0x${text}`);
const seconds = (text: string) => Date.parse(text) / 1000;

describe("verifyNitroDocument over genuine documents", () => {
  let data: string;
  let expected: Record<string, ExpectedDocument>;

  before(function () {
    data = requireData(this);
    expected = JSON.parse(readFileSync(join(data, "tee/expected-nitro.json"), "utf8")) as never;
  });

  const list = (folder: string) =>
    readdirSync(join(data, "tee", folder)).map((file) => `${folder}/${file}`);
  const read = (name: string) => readFileSync(join(data, "tee", name));
  const genuine = () => list("nitro").filter((name) => !isDebug(name));
  const ownTime = (name: string) => Math.floor(expected[name]!.ts / 1000);

  it("default: all verify under the AWS root at their own time, with every expected field", () => {
    expect(genuine(), "genuine documents that are not debug").to.have.lengthOf(7);
    for (const name of genuine()) {
      const document = read(name);
      const want = expected[name]!;
      expectEncoding(name, document, want);
      const verified = verifyNitroDocument(document, { at: ownTime(name) });
      expectFields(name, verified, want);
      expectCertificates(name, verified, want);
    }
  });

  it("behavior: both map encodings and both halves of s occur, so both are covered", () => {
    const maps = new Set(genuine().map((name) => expected[name]!.payloadMapByte));
    const lowS = new Set(genuine().map((name) => expected[name]!.lowS));
    expect([...maps], "definite and indefinite maps").to.have.members(["0xa9", "0xbf"]);
    expect([...lowS], "low and high s").to.have.members([true, false]);
  });

  it("behavior: the leaf's window is inclusive and ends to the second", () => {
    for (const name of genuine()) {
      const { validFrom, validTo } = expected[name]!;
      // One leaf signs many documents, so that a document may be hours younger than its leaf.
      const judge = (at: number) =>
        verifyNitroDocument(read(name), { at, maxSkewSeconds: validTo - validFrom });
      expect(judge(validFrom).leafExpiry, `${name} at its first second`).to.equal(validTo);
      expect(judge(validTo).leafExpiry, `${name} at its last second`).to.equal(validTo);
      const early = expectRefusal(`${name} before`, CertificateNotYetValidError, () =>
        judge(validFrom - 1),
      );
      const late = expectRefusal(`${name} after`, CertificateExpiredError, () =>
        judge(validTo + 1),
      );
      expect([early.index, late.index], `${name}: the leaf is what ends`).to.deep.equal([4, 4]);
    }
  });

  it("error: old documents are stale, however genuine", () => {
    for (const name of genuine()) {
      expectRefusal(name, DocumentStaleError, () =>
        verifyNitroDocument(read(name), { now: ownTime(name) + 301 }),
      );
    }
  });

  it("error: debug documents are refused as such", () => {
    const debug = list("nitro").filter(isDebug);
    expect(debug, "debug documents").to.have.lengthOf(2);
    for (const name of debug) {
      expectRefusal(name, DebugDocumentError, () =>
        verifyNitroDocument(read(name), { at: ownTime(name) }),
      );
    }
  });

  it("error: a bad signature and missing bytes are refused", () => {
    const badSignature = "nitro-invalid/badsig-eternis-2024-07-23.bin";
    const malformed = "nitro-invalid/malformed-base-2026-01-03-3-bytes-missing.bin";
    expect(list("nitro-invalid"), "invalid documents").to.have.members([badSignature, malformed]);
    expectRefusal(badSignature, DocumentSignatureError, () =>
      verifyNitroDocument(read(badSignature), { at: ownTime(badSignature) }),
    );
    expectRefusal(malformed, CborError, () => verifyNitroDocument(read(malformed), { at: 0 }));
  });

  it("error: one flipped bit anywhere is refused", function () {
    this.timeout(20_000);
    const name = genuine().find((each) => expected[each]!.payloadMapByte === "0xbf")!;
    const at = ownTime(name);
    const document = read(name);
    const samples = 200;
    for (let sample = 0; sample < samples; sample += 1) {
      const position = Math.floor((sample * document.length) / samples);
      const flipped = Uint8Array.from(document);
      flipped[position]! ^= 1 << (sample % 8);
      let error: unknown;
      try {
        verifyNitroDocument(flipped, { at });
      } catch (thrown) {
        error = thrown;
      }
      expect(error, `bit ${sample % 8} of byte ${position}`).to.be.instanceOf(BaseError);
    }
  });
});

function expectEncoding(name: string, document: Uint8Array, want: ExpectedDocument): void {
  const { protectedHeader, payload, signature } = parseCoseSign1(document);
  const { cabundle, certificate } = parseNitroPayload(payload);
  const sizes = [...cabundle, certificate].map(({ length }) => length);
  const keys = [...(decodeStrictCbor(payload) as Map<string, unknown>).keys()];
  const s = BigInt(`0x${Buffer.from(signature.subarray(48)).toString("hex")}`);
  expect(document.length, `${name}: size`).to.equal(want.len);
  expect(createHash("sha256").update(document).digest("hex"), `${name}: hash`).to.equal(
    want.sha256,
  );
  expect(Buffer.from(protectedHeader).toString("hex"), `${name}: header`).to.equal(want.prot);
  expect(`0x${payload[0]!.toString(16)}`, `${name}: map`).to.equal(want.payloadMapByte);
  expect(keys.join(","), `${name}: keys`).to.equal(want.keys);
  expect(sizes, `${name}: certificate sizes`).to.deep.equal(want.certSizes);
  expect(signature.length, `${name}: signature size`).to.equal(want.sigLen);
  expect(s <= P384_HALF_ORDER, `${name}: low s`).to.equal(want.lowS);
}

function expectFields(name: string, verified: NitroDocument, want: ExpectedDocument): void {
  const zero = `0x${"00".repeat(Number(want.pcrLens))}`;
  expect(verified.moduleId, `${name}: module`).to.equal(want.module_id);
  expect(verified.digest, `${name}: digest`).to.equal(want.digest);
  expect(verified.timestamp, `${name}: timestamp`).to.equal(want.ts);
  expect(verified.pcrs.size, `${name}: number of PCRs`).to.equal(want.nPcrs);
  for (const [index, pcr] of verified.pcrs) {
    const wanted = want.pcr[index];
    expect(pcr, `${name}: PCR ${index}`).to.equal(wanted === undefined ? zero : `0x${wanted}`);
  }
  const image = [0, 1, 2].map((index) => `0x${want.pcr[index]}` as Hex);
  expect(verified.measurement, `${name}: measurement`).to.equal(keccak256(concatHex(image)));
  expect(verified.publicKey, `${name}: public key`).to.equal(optional(want.public_key));
  expect(verified.userData, `${name}: user data`).to.equal(optional(want.user_data));
  expect(verified.nonce, `${name}: nonce`).to.equal(optional(want.nonce));
  expect(hexToBytes(verified.rootHash).length, `${name}: root hash size`).to.equal(32);
  expect(verified.rootHash, `${name}: root`).to.equal(AWS_NITRO_ROOT_HASH);
  expect(verified.isDevelopmentRoot, `${name}: development root`).to.equal(false);
}

function expectCertificates(name: string, verified: NitroDocument, want: ExpectedDocument): void {
  const { certificates } = verified;
  expect(certificates.length, `${name}: path`).to.equal(want.certSizes.length);
  want.chain.forEach(({ cn, nb, na }, index) => {
    const certificate = certificates[index]!;
    expect(certificate.subject.split(", "), `${name}: subject ${index}`).to.include(`CN=${cn}`);
    expect(certificate.notBefore, `${name}: notBefore ${index}`).to.equal(seconds(nb));
    expect(certificate.notAfter, `${name}: notAfter ${index}`).to.equal(seconds(na));
    expect(size(certificate.sha256), `${name}: hash ${index}`).to.equal(32);
  });
  expect(certificates[4]!.notBefore, `${name}: leaf from`).to.equal(want.validFrom);
  expect(verified.leafExpiry, `${name}: leaf expiry`).to.equal(want.validTo);
  expect(verified.instanceExpiry, `${name}: instance`).to.equal(seconds(want.chain[3]!.na));
  expect(certificates[0]!.serial, `${name}: serial of AWS G1`).to.equal(
    "0xf93175681b90afe11d46ccb4e4e7f856",
  );
}
