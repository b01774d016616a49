// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {SSTORE2} from "solady/src/utils/SSTORE2.sol";

import {IGroth16Verifier} from "../interfaces/IGroth16Verifier.sol";
import {Proof} from "../types/VerifyingKey.sol";
import {Bn254} from "./Bn254.sol";

/// @notice Proofs of one key that are checked together.
struct ProofBatch {
    bytes key;
    bytes pairs;
    uint256[] coefficients;
    uint256[] mean; // of the proofs' signals
    uint256 added;
}

/// @title Groth16 over BN254, with keys in code storage
/// @dev A key is abi.encode(VerifyingKey), behind an SSTORE2 pointer. What reverts here, and what is only false:
/// `IGroth16Verifier`.
library Groth16 {
    /// @dev Gas that must be left for the precompiles, so that a false is about the proof and never about the gas.
    uint256 private constant VERIFY_GAS = 240_000;
    uint256 private constant SIGNAL_GAS = 11_000;
    uint256 private constant BATCHED_PROOF_GAS = 65_000;

    /// @dev Where the parts of abi.encode(key) are, in bytes. Beta follows alpha.
    uint256 private constant ALPHA = 0x20;
    uint256 private constant GAMMA = 0xe0;
    uint256 private constant DELTA = 0x160;
    uint256 private constant IC = 0x240;
    uint256 private constant G1_BYTES = 0x40;

    /// @dev Where C, the statement and the first A are among the pairs, in bytes.
    uint256 private constant C = 0x00;
    uint256 private constant STATEMENT = 0x180;
    uint256 private constant A = 0x240;
    uint256 private constant PAIR_BYTES = 0xc0;

    /// @notice Whether the proof verifies under the key.
    function verify(address pointer, Proof calldata proof, uint256[] memory signals) internal view returns (bool) {
        bytes memory key = SSTORE2.read(pointer);
        _checkSignals(signals, _signalCountOf(key));
        _checkGas(VERIFY_GAS + SIGNAL_GAS * signals.length);

        // A coordinate above the field's order has a twin below it, which negation would find.
        if (proof.a[1] >= Bn254.BASE_FIELD) return false;
        bytes memory pairs = _pairs(key, 1);
        if (!_state(key, pairs, signals)) return false;
        // The identity (0, 0) becomes (0, field order), which the precompile refuses: no honest proof has that A.
        uint256 minusY = Bn254.BASE_FIELD - proof.a[1];
        assembly ("memory-safe") {
            let parts := add(pairs, 0x20)
            calldatacopy(add(parts, C), add(proof, 0xc0), 0x40)
            calldatacopy(add(parts, A), proof, 0xc0) // A, B
            mstore(add(parts, add(A, 0x20)), minusY)
        }
        return Bn254.pairingIsOne(pairs);
    }

    /* BATCHES */

    /// @notice Begins a check of `count` proofs.
    /// @param seed Of everything that is checked: nobody may know it before the whole batch is fixed.
    function open(address pointer, uint256 count, bytes32 seed) internal view returns (ProofBatch memory batch) {
        batch.key = SSTORE2.read(pointer);
        uint256 signals = _signalCountOf(batch.key);
        _checkGas(VERIFY_GAS + SIGNAL_GAS * signals + BATCHED_PROOF_GAS * count);
        batch.coefficients = _coefficients(count, seed);
        batch.mean = new uint256[](signals);
        batch.pairs = _pairs(batch.key, count);
    }

    /// @notice Adds the next proof times its coefficient; false if one of its points is malformed.
    function add(
        ProofBatch memory batch,
        Proof calldata proof,
        uint256[] memory signals
    ) internal view returns (bool success) {
        uint256[] memory mean = batch.mean;
        _checkSignals(signals, mean.length);
        uint256 index = batch.added++;
        uint256 coefficient = batch.coefficients[index];
        for (uint256 i = 0; i < mean.length; ++i) {
            mean[i] = addmod(mean[i], mulmod(coefficient, signals[i], Bn254.SCALAR_FIELD), Bn254.SCALAR_FIELD);
        }

        bytes memory pairs = batch.pairs;
        uint256[2] memory sum = _pointAt(pairs, C);
        uint256[2] memory a = _pointAt(pairs, A + PAIR_BYTES * index);
        uint256[2] memory c;
        assembly ("memory-safe") {
            calldatacopy(a, proof, PAIR_BYTES) // A, B
            calldatacopy(c, add(proof, PAIR_BYTES), G1_BYTES)
        }
        success = Bn254.multiply(a, coefficient) && Bn254.multiplyAdd(sum, c, coefficient);
        if (success) a[1] = Bn254.BASE_FIELD - a[1]; // refuses the identity, as in `verify`
    }

    /// @notice Whether all proofs, which have been added, verify under the key.
    function holds(ProofBatch memory batch) internal view returns (bool) {
        return _state(batch.key, batch.pairs, batch.mean) && Bn254.pairingIsOne(batch.pairs);
    }

    /// @dev Random by Fiat-Shamir. They add up to one, so that the batch is checked like a single proof, the mean of its
    /// proofs, with alpha and ic[0] as they are. Let d[i] be the error of proof i: the logarithm of the quotient of its
    /// equation's sides. Then the check is d[0] + r[1] (d[1] - d[0]) + r[2] (d[2] - d[0]) + ... = 0:
    /// false if all errors are the same but not zero, and true for one in 2^253 batches if they differ.
    function _coefficients(uint256 count, bytes32 seed) private pure returns (uint256[] memory coefficients) {
        coefficients = new uint256[](count);
        uint256 rest = 1;
        for (uint256 i = 1; i < count; ++i) {
            coefficients[i] = uint256(Hashes.efficientKeccak256(seed, bytes32(i))) % Bn254.SCALAR_FIELD;
            rest = addmod(rest, Bn254.SCALAR_FIELD - coefficients[i], Bn254.SCALAR_FIELD);
        }
        coefficients[0] = rest;
    }

    /* PARTS */

    function _checkGas(uint256 needed) private view {
        if (gasleft() < needed) revert IGroth16Verifier.VerificationGasTooLow(gasleft(), needed);
    }

    function _checkSignals(uint256[] memory signals, uint256 count) private pure {
        if (signals.length != count) revert IGroth16Verifier.SignalCountMismatch(signals.length, count);
        for (uint256 i = 0; i < count; ++i) {
            // The precompile would reduce the signal: without this check each proof had several statements.
            if (signals[i] >= Bn254.SCALAR_FIELD) revert IGroth16Verifier.SignalAliased(i, signals[i]);
        }
    }

    function _signalCountOf(bytes memory key) private pure returns (uint256) {
        return (key.length - (IC + G1_BYTES)) / G1_BYTES;
    }

    /// @dev e(A, B) ... = e(alpha, beta) e(statement, gamma) e(C, delta), with each A on the right side. Leaves room for C,
    /// which is first, for the statement, and for the pairs (-A, B) of the proofs, which are last.
    function _pairs(bytes memory key, uint256 proofs) private pure returns (bytes memory pairs) {
        pairs = new bytes(PAIR_BYTES * (3 + proofs));
        assembly ("memory-safe") {
            let parts := add(key, 0x20)
            let pair := add(pairs, 0x20)
            mcopy(add(pair, 0x40), add(parts, DELTA), 0x80)
            pair := add(pair, 0xc0)
            mcopy(pair, add(parts, ALPHA), 0xc0) // alpha, beta
            pair := add(pair, 0xc0)
            mcopy(add(pair, 0x40), add(parts, GAMMA), 0x80)
        }
    }

    /// @dev Puts the statement among the pairs: ic[0] + signals[0] ic[1] + signals[1] ic[2] + ...
    function _state(
        bytes memory key,
        bytes memory pairs,
        uint256[] memory signals
    ) private view returns (bool success) {
        uint256[2] memory statement = _pointAt(pairs, STATEMENT);
        uint256[2] memory point = _pointAt(key, IC);
        (statement[0], statement[1]) = (point[0], point[1]);
        for (uint256 i = 0; i < signals.length; ++i) {
            assembly ("memory-safe") {
                point := add(point, G1_BYTES) // the next one of ic
            }
            success = Bn254.multiplyAdd(statement, point, signals[i]);
            if (!success) return false;
        }
    }

    /// @dev A point of G1 in an encoded key or among pairs, in place.
    function _pointAt(bytes memory encoded, uint256 offset) private pure returns (uint256[2] memory point) {
        assembly ("memory-safe") {
            point := add(add(encoded, 0x20), offset)
        }
    }
}
