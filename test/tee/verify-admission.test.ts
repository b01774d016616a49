// SPDX-License-Identifier: MIT
import { ECDH } from "node:crypto";

import { expect } from "chai";
import { bytesToHex, hexToBytes, type Address, type Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";

import { admissionUserData, type AdmissionBinding } from "../../src/tee/admission-binding.ts";
import { computeMeasurement } from "../../src/tee/enclave-image.ts";
import {
  AdmissionBindingError,
  DebugDocumentError,
  DevelopmentRootError,
  DocumentStaleError,
  EnclaveKeyExpiredError,
  EnclaveKeyMismatchError,
  EnclavePublicKeyError,
  MeasurementNotAllowedError,
  NonceMismatchError,
  RootNotPinnedError,
} from "../../src/tee/errors.ts";
import { measure } from "../../src/tee/measurement.ts";
import { DEVELOPMENT_ROOT_HASH } from "../../src/tee/roots.ts";
import { createSoftwareEnclave } from "../../src/tee/software-enclave.ts";
import type { Enclave } from "../../src/tee/types.ts";
import { verifyAdmission, type AdmissionPolicy } from "../../src/tee/verify-admission.ts";
import {
  address,
  alterCertificate,
  binding,
  buildDocument,
  expectRefusal,
  hex32,
  image,
  INSTANCE,
  NOW,
  pcr,
} from "./fixtures.ts";

const account = privateKeyToAccount(hex32("01"));

function policy(changes: Partial<AdmissionPolicy> = {}): AdmissionPolicy {
  const measurements = [computeMeasurement(image())];
  return { now: NOW, measurements, developmentRoot: true, ...changes } as AdmissionPolicy;
}

/** The policy that allows what {@link admissionDocument} measures. */
function builtPolicy(changes: Partial<AdmissionPolicy> = {}): AdmissionPolicy {
  const built = measure(new Map([0, 1, 2].map((index) => [index, bytesToHex(pcr(index))])));
  return policy({ measurements: [built], ...changes });
}

/** A document for `account`'s key, for tests that change what a software enclave would not. */
function admissionDocument(
  publicKey: Hex | null = account.publicKey,
  own = binding(account.address),
) {
  return buildDocument({
    fields: (fields) => {
      fields.set("public_key", publicKey === null ? null : hexToBytes(publicKey));
      fields.set("user_data", hexToBytes(admissionUserData(own)));
    },
  });
}

/** A document for `account`'s key whose instance certificate ends at the given time. */
const withInstanceUntil = (notAfter: number) =>
  buildDocument({
    path: alterCertificate(INSTANCE, ({ tbsCertificate }) => {
      tbsCertificate.validity.notAfter.utcTime = new Date(notAfter * 1000);
    }),
    fields: (fields) => {
      fields.set("public_key", hexToBytes(account.publicKey));
      fields.set("user_data", hexToBytes(admissionUserData(binding(account.address))));
    },
  });

function admit(instanceUntil: number, now = NOW) {
  const document = withInstanceUntil(instanceUntil);
  return verifyAdmission(document, binding(account.address), builtPolicy({ now }));
}

async function attest(enclave: Enclave, own: AdmissionBinding, nonce?: Hex): Promise<Uint8Array> {
  const userData = admissionUserData(own);
  return enclave.attest({ userData, now: NOW, ...(nonce === undefined ? {} : { nonce }) });
}

describe("verifyAdmission", () => {
  const enclave = createSoftwareEnclave({ image: image() });
  const own = binding(enclave.address);
  let document: Uint8Array;

  before(async () => {
    document = await attest(enclave, own);
  });

  it("default", () => {
    expect(verifyAdmission(document, own, policy()), "admission").to.deep.equal({
      measurement: enclave.measurement,
      key: enclave.address,
      expiresAt: NOW + 86_400,
    });
  });

  it("behavior: addresses and hashes are compared without regard to case", () => {
    const lower = binding(enclave.address.toLowerCase() as Address);
    const upper = enclave.measurement.toUpperCase().replace("0X", "0x") as Hex;
    const { measurement } = verifyAdmission(document, lower, policy({ measurements: [upper] }));
    expect(measurement, "measurement").to.equal(enclave.measurement);
  });

  it("error: the document's own refusals come through", async () => {
    expectRefusal("stale", DocumentStaleError, () =>
      verifyAdmission(document, own, policy({ now: NOW + 301 })),
    );
    const debug = createSoftwareEnclave({ image: image(), debug: true });
    const debugBinding = binding(debug.address);
    const debugDocument = await attest(debug, debugBinding);
    expectRefusal("debug", DebugDocumentError, () =>
      verifyAdmission(debugDocument, debugBinding, policy()),
    );
  });

  describe("key", () => {
    it("error: the document attests another key", () => {
      const other = binding(account.address);
      expectRefusal("other key", EnclaveKeyMismatchError, () =>
        verifyAdmission(document, other, policy()),
      );
    });

    it("error: another enclave's document, bound to this key", () => {
      const stolen = admissionDocument(account.publicKey, own);
      expectRefusal("stolen", EnclaveKeyMismatchError, () =>
        verifyAdmission(stolen, own, builtPolicy()),
      );
    });

    it("error: public_key in another form", () => {
      const bytes = hexToBytes(account.publicKey);
      const offCurve = Uint8Array.from(bytes);
      offCurve[64]! ^= 1;
      const hybrid = Uint8Array.from(bytes);
      hybrid[0] = 6 + (bytes[64]! & 1);
      const compressed = ECDH.convertKey(bytes, "secp256k1", undefined, undefined, "compressed");
      for (const [label, key] of [
        ["absent", null],
        ["without prefix", bytesToHex(bytes.subarray(1))],
        ["compressed", bytesToHex(compressed as Buffer)],
        ["hybrid", bytesToHex(hybrid)],
        ["off the curve", bytesToHex(offCurve)],
        ["66 bytes", `${account.publicKey}00`],
        ["zero", `0x04${"00".repeat(64)}`],
        ["text", bytesToHex(Buffer.from("my super secret key"))],
      ] as const) {
        expectRefusal(label, EnclavePublicKeyError, () =>
          verifyAdmission(admissionDocument(key), binding(account.address), builtPolicy()),
        );
      }
      const { key } = verifyAdmission(admissionDocument(), binding(account.address), builtPolicy());
      expect(key, "the right form is accepted").to.equal(account.address);
    });
  });

  describe("binding", () => {
    const changes: { [Field in Exclude<keyof AdmissionBinding, "key">]: AdmissionBinding[Field] } =
      {
        chainId: 1337,
        registry: address("c1"),
        node: address("c1"),
        operator: address("c1"),
        payout: address("c1"),
        modelId: hex32("c1"),
        challenge: hex32("c1"),
      };
    for (const [field, value] of Object.entries(changes)) {
      it(`error: another ${field}`, () => {
        const other = { ...own, [field]: value };
        expectRefusal(field, AdmissionBindingError, () =>
          verifyAdmission(document, other, policy()),
        );
      });
    }

    it("error: another key in the binding than in public_key", async () => {
      const other = await attest(enclave, binding(account.address));
      expectRefusal("key", AdmissionBindingError, () => verifyAdmission(other, own, policy()));
    });

    it("error: user_data absent, empty, shorter or longer", () => {
      const userData = hexToBytes(admissionUserData(binding(account.address)));
      for (const [label, value] of [
        ["absent", null],
        ["empty", new Uint8Array()],
        ["shorter", userData.subarray(0, 31)],
        ["longer", Uint8Array.of(...userData, 0)],
      ] as const) {
        const other = buildDocument({
          fields: (fields) => {
            fields.set("public_key", hexToBytes(account.publicKey));
            fields.set("user_data", value);
          },
        });
        expectRefusal(label, AdmissionBindingError, () =>
          verifyAdmission(other, binding(account.address), builtPolicy()),
        );
      }
    });
  });

  describe("nonce", () => {
    it("default: the one asked for", async () => {
      const answered = await attest(enclave, own, "0xabcd");
      for (const nonce of ["0xabcd", "0xABCD"] as const) {
        const { key } = verifyAdmission(answered, own, policy({ nonce }));
        expect(key, nonce).to.equal(enclave.address);
      }
      expect(verifyAdmission(answered, own, policy()).key, "not asked for").to.equal(
        enclave.address,
      );
    });

    it("error: another one, or none", async () => {
      const answered = await attest(enclave, own, "0xabcd");
      for (const nonce of ["0xabce", "0x", "0xabcd00"] as const) {
        expectRefusal(nonce, NonceMismatchError, () =>
          verifyAdmission(answered, own, policy({ nonce })),
        );
      }
      expectRefusal("none", NonceMismatchError, () =>
        verifyAdmission(document, own, policy({ nonce: "0x" })),
      );
    });
  });

  describe("measurement", () => {
    it("behavior: one of several", () => {
      const measurements = [hex32("00"), enclave.measurement, hex32("ff")];
      expect(verifyAdmission(document, own, policy({ measurements })).key, "allowed").to.equal(
        enclave.address,
      );
    });

    it("error: not allowed", () => {
      const others = [
        computeMeasurement(image({ runtime: "other/1" })),
        computeMeasurement(image({ weights: hex32("12") })),
      ];
      for (const measurements of [[], others]) {
        expectRefusal(`${measurements.length} allowed`, MeasurementNotAllowedError, () =>
          verifyAdmission(document, own, policy({ measurements })),
        );
      }
    });
  });

  describe("expiry", () => {
    it("behavior: the earlier one of 24 h after the document and the instance's end", () => {
      for (const [instanceUntil, expiresAt] of [
        [NOW + 100, NOW + 100],
        [NOW + 86_399, NOW + 86_399],
        [NOW + 86_401, NOW + 86_400],
        [NOW + 200_000, NOW + 86_400],
      ] as const) {
        expect(admit(instanceUntil).expiresAt, `until ${instanceUntil - NOW}`).to.equal(expiresAt);
      }
    });

    it("error: the key's life is already over", () => {
      expect(admit(NOW + 100, NOW + 99).expiresAt, "one second left").to.equal(NOW + 100);
      for (const now of [NOW + 100, NOW + 101]) {
        expectRefusal(`now ${now - NOW}`, EnclaveKeyExpiredError, () => admit(NOW + 100, now));
      }
    });
  });

  describe("development root", () => {
    it("behavior: both local chains", () => {
      for (const chainId of [31_337, 1337]) {
        const local = binding(account.address, { chainId });
        const { key } = verifyAdmission(
          admissionDocument(account.publicKey, local),
          local,
          builtPolicy(),
        );
        expect(key, `chain ${chainId}`).to.equal(account.address);
      }
    });

    it("error: any other chain, even when it is asked for", () => {
      for (const chainId of [1, 8453, 11_155_111, 84_532_001, 0]) {
        const remote = binding(account.address, { chainId });
        const remoteDocument = admissionDocument(account.publicKey, remote);
        const listed = { roots: [DEVELOPMENT_ROOT_HASH] };
        const cases: readonly Partial<AdmissionPolicy>[] = [
          { developmentRoot: true },
          { ...listed, developmentRoot: true },
          { ...listed, developmentRoot: false },
        ];
        for (const changes of cases) {
          expectRefusal(`chain ${chainId}, ${JSON.stringify(changes)}`, DevelopmentRootError, () =>
            verifyAdmission(remoteDocument, remote, builtPolicy(changes)),
          );
        }
        expectRefusal(`chain ${chainId}, default`, RootNotPinnedError, () =>
          verifyAdmission(remoteDocument, remote, builtPolicy({ developmentRoot: false })),
        );
      }
    });

    it("error: asking for it elsewhere is refused before the document is read", () => {
      const remote = binding(account.address, { chainId: 1 });
      expectRefusal("no document", DevelopmentRootError, () =>
        verifyAdmission(new Uint8Array(), remote, policy()),
      );
    });

    it("error: on a local chain unless asked for", () => {
      expectRefusal("default", RootNotPinnedError, () =>
        verifyAdmission(document, own, policy({ developmentRoot: false })),
      );
      const listed = policy({ developmentRoot: false, roots: [DEVELOPMENT_ROOT_HASH] });
      expectRefusal("listed", DevelopmentRootError, () => verifyAdmission(document, own, listed));
    });
  });
});
