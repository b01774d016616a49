// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice A Groth16 verifying key over BN254, coordinates in the order of the EVM precompiles (imaginary part first).
struct VerifyingKey {
    uint256[2] alpha; // G1
    uint256[4] beta; // G2
    uint256[4] gamma; // G2
    uint256[4] delta; // G2
    uint256[2][] ic; // G1, one more than public signals
    bool development; // made by a ceremony whose secrets are public
}

/// @notice A Groth16 proof: A (G1), B (G2), C (G1).
struct Proof {
    uint256[2] a;
    uint256[4] b;
    uint256[2] c;
}
