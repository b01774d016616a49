// SPDX-License-Identifier: MIT
import { createPublicKey, X509Certificate } from "node:crypto";

import { expect } from "chai";

import { parseCertificate, sha256 } from "../../src/tee/certificate.ts";
import {
  DEVELOPMENT_ROOT_CERTIFICATE,
  developmentRootKey,
} from "../../src/tee/development-root.ts";
import { AWS_NITRO_ROOT_HASH, DEVELOPMENT_ROOT_HASH } from "../../src/tee/roots.ts";

describe("developmentRootKey", () => {
  it("default: certificate, pinned hash and published key fit together", () => {
    const root = parseCertificate(DEVELOPMENT_ROOT_CERTIFICATE, 0);
    const key = createPublicKey(developmentRootKey());
    expect(sha256(DEVELOPMENT_ROOT_CERTIFICATE), "pinned hash").to.equal(DEVELOPMENT_ROOT_HASH);
    expect(root.publicKey.equals(key), "key").to.equal(true);
    expect(new X509Certificate(DEVELOPMENT_ROOT_CERTIFICATE).verify(key), "self-signed").to.equal(
      true,
    );
    expect(root.issuerName, "issued by itself").to.equal(root.subjectName);
  });

  it("behavior: has the shape of the AWS root and lives 30 years", () => {
    const { subject, isCa, pathLength, keyUsage, notBefore, notAfter } = parseCertificate(
      DEVELOPMENT_ROOT_CERTIFICATE,
      0,
    );
    expect(subject, "marked as development").to.equal(
      "C=US, O=Assay, OU=Development, CN=assay.development.nitro-enclaves",
    );
    expect({ isCa, pathLength }, "constraints").to.deep.equal({
      isCa: true,
      pathLength: undefined,
    });
    expect(keyUsage, "key usage").to.have.members(["digitalSignature", "keyCertSign", "crlSign"]);
    expect(
      [notBefore, notAfter].map((seconds) => new Date(seconds * 1000).toISOString()),
      "life",
    ).to.deep.equal(["2019-10-28T13:28:05.000Z", "2049-10-28T14:28:05.000Z"]);
  });

  it("behavior: is not the AWS root", () => {
    expect(DEVELOPMENT_ROOT_HASH, "hash").not.to.equal(AWS_NITRO_ROOT_HASH);
  });
});
