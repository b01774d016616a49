// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {SSTORE2} from "solady/src/utils/SSTORE2.sol";

import {IGroth16Verifier} from "../interfaces/IGroth16Verifier.sol";
import {Bn254} from "../libraries/Bn254.sol";
import {Proof, VerifyingKey} from "../types/VerifyingKey.sol";

/// @title Groth16Verifier
contract Groth16Verifier is IGroth16Verifier {
    uint256 private constant MAX_SIGNALS = 64;

    /// @dev Gas that must be left for the precompiles, so that a false is about the proof and never about the gas.
    uint256 private constant VERIFY_GAS = 240_000;
    uint256 private constant SIGNAL_GAS = 11_000;
    uint256 private constant BATCHED_PROOF_GAS = 65_000;

    /// @dev Chains that exist only on the machine that runs them: Hardhat's and the older local default.
    uint256 private constant HARDHAT_CHAIN = 31_337;
    uint256 private constant GANACHE_CHAIN = 1_337;

    /// @dev Alpha of every key of the public development ceremony; src/zkml/development.ts has the same.
    uint256 private constant DEVELOPMENT_ALPHA_X =
        11656656444741797191252560781653780100012646839618981870647999127150543099026;
    uint256 private constant DEVELOPMENT_ALPHA_Y =
        13446296573044802021343077341920752948102255020232937905557363171593677515205;

    /// @dev Where the parts of abi.encode(key) are, in bytes. Beta follows alpha.
    uint256 private constant ALPHA = 0x20;
    uint256 private constant GAMMA = 0xe0;
    uint256 private constant DELTA = 0x160;
    uint256 private constant IC = 0x240;
    uint256 private constant G1_BYTES = 0x40;

    /// @dev Where C and the first A are among the pairs, in bytes.
    uint256 private constant C = 0x00;
    uint256 private constant A = 0x240;
    uint256 private constant PAIR_BYTES = 0xc0;

    mapping(bytes32 keyId => address pointer) private _pointers;

    /* KEYS */

    /// @inheritdoc IGroth16Verifier
    function registerKey(VerifyingKey calldata key) external returns (bytes32 keyId) {
        bytes memory encoded = abi.encode(key);
        keyId = keccak256(encoded);
        if (isRegistered(keyId)) revert KeyAlreadyRegistered(keyId);
        _checkCeremony(key);
        _checkPoints(key);

        _pointers[keyId] = SSTORE2.write(encoded);
        emit VerifyingKeyRegistered(keyId, key.ic.length - 1, key.development);
    }

    function _checkCeremony(VerifyingKey calldata key) private view {
        bool local = block.chainid == HARDHAT_CHAIN || block.chainid == GANACHE_CHAIN;
        if (key.development && !local) revert KeyDevelopmentRefused(block.chainid);
        bool developmentAlpha = key.alpha[0] == DEVELOPMENT_ALPHA_X && key.alpha[1] == DEVELOPMENT_ALPHA_Y;
        if (developmentAlpha && !key.development) revert KeyDevelopmentUnmarked();

        // Phase 2 replaces delta, which starts as the generator that gamma stays: with gamma = delta anybody can forge.
        bool sameAsGamma = keccak256(abi.encode(key.gamma)) == keccak256(abi.encode(key.delta));
        if (sameAsGamma || Bn254.isG2Generator(key.delta)) revert KeyWithoutPhase2();
    }

    function _checkPoints(VerifyingKey calldata key) private view {
        if (key.ic.length < 2 || key.ic.length > MAX_SIGNALS + 1) revert KeySignalsInvalid(key.ic.length);
        if (!Bn254.isG1(key.alpha)) revert KeyPointInvalid(0);
        if (!Bn254.isG2(key.beta)) revert KeyPointInvalid(1);
        if (!Bn254.isG2(key.gamma)) revert KeyPointInvalid(2);
        if (!Bn254.isG2(key.delta)) revert KeyPointInvalid(3);
        for (uint256 i = 0; i < key.ic.length; ++i) {
            if (!Bn254.isG1(key.ic[i])) revert KeyPointInvalid(4 + i);
        }
    }

    /* PROOFS */

    /// @inheritdoc IGroth16Verifier
    function verify(bytes32 keyId, Proof calldata proof, uint256[] calldata signals) external view returns (bool) {
        bytes memory key = _encodedKeyOf(keyId);
        _checkSignals(signals, _signalCountOf(key));
        _checkGas(VERIFY_GAS + SIGNAL_GAS * signals.length);

        // A coordinate above the field's order has a twin below it, which negation would find.
        if (proof.a[1] >= Bn254.BASE_FIELD) return false;
        if (!_combine(key, signals)) return false;
        bytes memory pairs = _pairs(key, 1);
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

    /// @inheritdoc IGroth16Verifier
    function verifyBatch(
        bytes32 keyId,
        Proof[] calldata proofs,
        uint256[][] calldata signals
    ) external view returns (bool) {
        if (proofs.length == 0) revert BatchEmpty();
        if (signals.length != proofs.length) revert SignalCountMismatch(signals.length, proofs.length);
        bytes memory key = _encodedKeyOf(keyId);
        uint256[] memory coefficients = _coefficients(proofs.length);
        uint256[] memory mean = _mean(signals, coefficients, _signalCountOf(key));
        _checkGas(VERIFY_GAS + SIGNAL_GAS * mean.length + BATCHED_PROOF_GAS * proofs.length);

        if (!_combine(key, mean)) return false;
        bytes memory pairs = _pairs(key, proofs.length);
        return _addProofs(pairs, proofs, coefficients) && Bn254.pairingIsOne(pairs);
    }

    function _checkSignals(uint256[] calldata signals, uint256 count) private pure {
        if (signals.length != count) revert SignalCountMismatch(signals.length, count);
        for (uint256 i = 0; i < count; ++i) {
            // The precompile would reduce the signal: without this check each proof had several statements.
            if (signals[i] >= Bn254.SCALAR_FIELD) revert SignalAliased(i, signals[i]);
        }
    }

    function _checkGas(uint256 needed) private view {
        if (gasleft() < needed) revert VerificationGasTooLow(gasleft(), needed);
    }

    /// @dev Random by Fiat-Shamir: nobody knows them before the whole batch is fixed. They add up to one, so that the batch
    /// is checked like a single proof, the mean of its proofs, with alpha and ic[0] as they are. Let d[i] be the error of
    /// proof i: the logarithm of the quotient of its equation's sides. Then the check is
    /// d[0] + r[1] (d[1] - d[0]) + r[2] (d[2] - d[0]) + ... = 0:
    /// false if all errors are the same but not zero, and true for one in 2^253 batches if they differ.
    function _coefficients(uint256 count) private pure returns (uint256[] memory coefficients) {
        bytes32 seed = keccak256(msg.data);
        coefficients = new uint256[](count);
        uint256 rest = 1;
        for (uint256 i = 1; i < count; ++i) {
            coefficients[i] = uint256(Hashes.efficientKeccak256(seed, bytes32(i))) % Bn254.SCALAR_FIELD;
            rest = addmod(rest, Bn254.SCALAR_FIELD - coefficients[i], Bn254.SCALAR_FIELD);
        }
        coefficients[0] = rest;
    }

    /// @dev Of the proofs' signals.
    function _mean(
        uint256[][] calldata signals,
        uint256[] memory coefficients,
        uint256 signalCount
    ) private pure returns (uint256[] memory mean) {
        mean = new uint256[](signalCount);
        for (uint256 i = 0; i < signals.length; ++i) {
            uint256[] calldata own = signals[i];
            _checkSignals(own, signalCount);
            for (uint256 j = 0; j < signalCount; ++j) {
                uint256 product = mulmod(coefficients[i], own[j], Bn254.SCALAR_FIELD);
                mean[j] = addmod(mean[j], product, Bn254.SCALAR_FIELD);
            }
        }
    }

    /// @dev Adds signals[0] ic[1] + signals[1] ic[2] + ... to ic[0], in place.
    function _combine(bytes memory key, uint256[] memory signals) private view returns (bool success) {
        uint256[2] memory statement = _pointAt(key, IC);
        uint256[2] memory point = statement;
        for (uint256 i = 0; i < signals.length; ++i) {
            assembly ("memory-safe") {
                point := add(point, G1_BYTES) // the next one of ic
            }
            success = Bn254.multiplyAdd(statement, point, signals[i]);
            if (!success) return false;
        }
    }

    /// @dev e(A, B) ... = e(alpha, beta) e(statement, gamma) e(C, delta), with each A on the right side. Leaves room for C,
    /// which is first, and for the pairs (-A, B) of the proofs, which are last.
    function _pairs(bytes memory key, uint256 proofs) private pure returns (bytes memory pairs) {
        pairs = new bytes(PAIR_BYTES * (3 + proofs));
        assembly ("memory-safe") {
            let parts := add(key, 0x20)
            let pair := add(pairs, 0x20)
            mcopy(add(pair, 0x40), add(parts, DELTA), 0x80)
            pair := add(pair, 0xc0)
            mcopy(pair, add(parts, ALPHA), 0xc0) // alpha, beta
            pair := add(pair, 0xc0)
            mcopy(pair, add(parts, IC), 0x40) // statement
            mcopy(add(pair, 0x40), add(parts, GAMMA), 0x80)
        }
    }

    /// @dev Each times its coefficient: adds up C, and puts (-A, B) at the proof's place.
    function _addProofs(
        bytes memory pairs,
        Proof[] calldata proofs,
        uint256[] memory coefficients
    ) private view returns (bool success) {
        uint256[2] memory sum = _pointAt(pairs, C);
        uint256[2] memory a = _pointAt(pairs, A);
        uint256[2] memory c;
        for (uint256 i = 0; i < proofs.length; ++i) {
            Proof calldata proof = proofs[i];
            assembly ("memory-safe") {
                calldatacopy(a, proof, PAIR_BYTES) // A, B
                calldatacopy(c, add(proof, PAIR_BYTES), G1_BYTES)
            }
            success = Bn254.multiply(a, coefficients[i]) && Bn254.multiplyAdd(sum, c, coefficients[i]);
            if (!success) return false;
            a[1] = Bn254.BASE_FIELD - a[1]; // refuses the identity, as in `verify`
            assembly ("memory-safe") {
                a := add(a, PAIR_BYTES)
            }
        }
    }

    /// @dev A point of G1 in an encoded key or among pairs, in place.
    function _pointAt(bytes memory encoded, uint256 offset) private pure returns (uint256[2] memory point) {
        assembly ("memory-safe") {
            point := add(add(encoded, 0x20), offset)
        }
    }

    /* VIEWS */

    /// @inheritdoc IGroth16Verifier
    function keyOf(bytes32 keyId) external view returns (VerifyingKey memory) {
        return abi.decode(_encodedKeyOf(keyId), (VerifyingKey));
    }

    /// @inheritdoc IGroth16Verifier
    function isRegistered(bytes32 keyId) public view returns (bool) {
        return _pointers[keyId] != address(0);
    }

    function _encodedKeyOf(bytes32 keyId) private view returns (bytes memory) {
        address pointer = _pointers[keyId];
        if (pointer == address(0)) revert KeyUnknown(keyId);
        return SSTORE2.read(pointer);
    }

    function _signalCountOf(bytes memory key) private pure returns (uint256) {
        return (key.length - (IC + G1_BYTES)) / G1_BYTES;
    }
}
