// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title The curve BN254 through the EVM's precompiles
/// @notice A call that fails, or a chain without the precompile, gives false; nothing here reverts.
/// @dev A precompile takes all the gas it was given when a point is invalid, so each call gets its price (EIP-1108) and a
/// margin for repricing, never all that is left. Warning: false may also mean that too little gas was left.
/// The assembly saves about 9,000 gas of a verification with three signals; Groth16Verifier.t.sol holds the limit.
library Bn254 {
    /// @dev Order of the field that coordinates live in.
    uint256 internal constant BASE_FIELD =
        21888242871839275222246405745257275088696311157297823662689037894645226208583;
    /// @dev Order of the groups; scalars live below it.
    uint256 internal constant SCALAR_FIELD =
        21888242871839275222246405745257275088548364400416034343698204186575808495617;

    /// @dev Generator of G2, in the precompile's order: imaginary part first.
    uint256 internal constant G2_X_IM = 0x198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2;
    uint256 internal constant G2_X_RE = 0x1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed;
    uint256 internal constant G2_Y_IM = 0x090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b;
    uint256 internal constant G2_Y_RE = 0x12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa;

    uint256 private constant ADD = 0x06;
    uint256 private constant MULTIPLY = 0x07;
    uint256 private constant PAIRING = 0x08;

    uint256 private constant ADD_GAS = 1_000; // price 150
    uint256 private constant MULTIPLY_GAS = 9_000; // price 6,000
    uint256 private constant PAIRING_GAS = 60_000; // price 45,000
    uint256 private constant PAIR_GAS = 42_000; // price 34,000 for each pair

    uint256 private constant PAIR_BYTES = 192;

    /// @notice Whether this is a point of G1 other than the identity. G1 is the whole curve: there is no wrong subgroup.
    function isG1(uint256[2] memory point) internal view returns (bool) {
        if (point[0] == 0 && point[1] == 0) return false;
        uint256[2] memory identity;
        return multiplyAdd(identity, point, 1);
    }

    /// @notice Whether this is a point of G2 other than the identity: on the twist, and in the right subgroup.
    function isG2(uint256[4] memory point) internal view returns (bool) {
        if (point[0] == 0 && point[1] == 0 && point[2] == 0 && point[3] == 0) return false;
        uint256[2] memory identity;
        return pairingIsOne(abi.encode(identity, point));
    }

    function isG2Generator(uint256[4] memory point) internal pure returns (bool) {
        return point[0] == G2_X_IM && point[1] == G2_X_RE && point[2] == G2_Y_IM && point[3] == G2_Y_RE;
    }

    /// @notice Multiplies `point` by `scalar`, in place.
    function multiply(uint256[2] memory point, uint256 scalar) internal view returns (bool success) {
        assembly ("memory-safe") {
            let input := mload(0x40)
            mcopy(input, point, 0x40)
            mstore(add(input, 0x40), scalar)
            success := staticcall(MULTIPLY_GAS, MULTIPLY, input, 0x60, point, 0x40)
            success := and(success, eq(returndatasize(), 0x40))
        }
    }

    /// @notice Adds `scalar` times `point` to `sum`, in place.
    function multiplyAdd(
        uint256[2] memory sum,
        uint256[2] memory point,
        uint256 scalar
    ) internal view returns (bool success) {
        assembly ("memory-safe") {
            // Free memory: product (64 bytes), then the summand (64 bytes).
            let input := mload(0x40)
            mcopy(input, point, 0x40)
            mstore(add(input, 0x40), scalar)
            success := staticcall(MULTIPLY_GAS, MULTIPLY, input, 0x60, input, 0x40)
            success := and(success, eq(returndatasize(), 0x40))

            if success {
                mcopy(add(input, 0x40), sum, 0x40)
                success := staticcall(ADD_GAS, ADD, input, 0x80, sum, 0x40)
                success := and(success, eq(returndatasize(), 0x40))
            }
        }
    }

    /// @notice Whether the product of the pairings is one.
    /// @param pairs For each pair a point of G1 (64 bytes) and one of G2 (128 bytes).
    function pairingIsOne(bytes memory pairs) internal view returns (bool isOne) {
        uint256 gasLimit = PAIRING_GAS + PAIR_GAS * (pairs.length / PAIR_BYTES);
        assembly ("memory-safe") {
            let success := staticcall(gasLimit, PAIRING, add(pairs, 0x20), mload(pairs), 0x00, 0x20)
            isOne := and(and(success, eq(returndatasize(), 0x20)), eq(mload(0x00), 1))
        }
    }
}
