// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice An attested signing key, admitted for one node and one model version.
struct EnclaveKey {
    address node;
    uint32 admittedAt; // unix seconds; zero until the registrars' verdict
    uint32 expiresAt; // unix seconds
    uint32 revokedAt; // unix seconds; zero unless revoked
    bytes32 modelId;
    bytes32 measurement; // keccak256(pcr0 || pcr1 || pcr2)
}

/// @notice An attestation document waiting for the registrars' verdict.
struct Admission {
    address node;
    address key;
    bytes32 modelId;
    bytes32 measurement;
    bytes32 documentHash; // keccak256 of the document in the proposal's calldata
    uint40 expiresAt; // unix seconds, of the key
    uint40 proposedAt; // unix seconds
    uint16 approvals;
    uint16 refusals;
    bool closed; // a verdict was reached
}
