// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {EvidenceSet} from "./Evidence.sol";

/// @notice One version of a model. The id is the hash of these fields, so a version can never change.
struct Model {
    // slot 0: what every request needs. Amounts of 88 bits are 309 million tokens of 18 decimals.
    EvidenceSet paths; // VANILLA only for bit-exact runtimes
    uint40 unitsPerInference; // fixed metered units; zero: metered per request, never with ZKML
    uint32 teeWindow; // seconds a TEE result stays challengeable; zero: final at once
    uint88 bond; // token units a node locks per request, besides the declared value
    uint88 valueCap; // largest declared value, token units
    // slot 1 and on
    address publisher; // manages its enclave measurements
    bytes32 weightsCommitment;
    bytes32 verifyingKeyId; // Groth16 key; zero exactly when ZKML is not a path
    bytes32 previousVersion; // model id; zero for the first
    string uri; // where the manifest is
}

/// @notice What a market reads of a model for each request: the first slot of `Model`.
struct Terms {
    EvidenceSet paths;
    uint40 unitsPerInference; // fixed metered units; zero: metered per request
    uint32 teeWindow; // seconds a TEE result stays challengeable; zero: final at once
    uint88 bond; // token units a node locks per request, besides the declared value
    uint88 valueCap; // largest declared value, token units
}
