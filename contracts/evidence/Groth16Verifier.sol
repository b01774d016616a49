// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SSTORE2} from "solady/src/utils/SSTORE2.sol";

import {IGroth16Verifier} from "../interfaces/IGroth16Verifier.sol";
import {Bn254} from "../libraries/Bn254.sol";
import {Proof, VerifyingKey} from "../types/VerifyingKey.sol";

/// @title Groth16Verifier
contract Groth16Verifier is IGroth16Verifier {
    uint256 private constant MAX_SIGNALS = 64;

    /// @dev Gas that must be left for `verify`, so that a false is about the proof and never about the gas.
    uint256 private constant VERIFY_GAS = 240_000;
    uint256 private constant VERIFY_SIGNAL_GAS = 11_000;

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
        uint256 signalCount = (key.length - IC) / G1_BYTES - 1;
        if (signals.length != signalCount) revert SignalCountMismatch(signals.length, signalCount);
        uint256 gasNeeded = VERIFY_GAS + VERIFY_SIGNAL_GAS * signalCount;
        if (gasleft() < gasNeeded) revert VerificationGasTooLow(gasleft(), gasNeeded);

        // A coordinate above the field's order has a twin below it, which negation would find.
        if (proof.a[1] >= Bn254.BASE_FIELD) return false;
        (bool combined, uint256[2] memory statement) = _combine(key, signals);
        return combined && Bn254.pairingIsOne(_pairs(key, proof, statement));
    }

    /// @dev ic[0] + signals[0] ic[1] + signals[1] ic[2] + ...
    function _combine(
        bytes memory key,
        uint256[] calldata signals
    ) private view returns (bool success, uint256[2] memory sum) {
        sum = _pointAt(key, IC);
        for (uint256 i = 0; i < signals.length; ++i) {
            // The precompile would reduce the signal: without this check each proof had several statements.
            if (signals[i] >= Bn254.SCALAR_FIELD) revert SignalAliased(i, signals[i]);
            success = Bn254.multiplyAdd(sum, _pointAt(key, IC + G1_BYTES * (i + 1)), signals[i]);
            if (!success) return (false, sum);
        }
    }

    /// @dev A point of G1 in the encoded key, in place.
    function _pointAt(bytes memory key, uint256 offset) private pure returns (uint256[2] memory point) {
        assembly ("memory-safe") {
            point := add(add(key, 0x20), offset)
        }
    }

    /// @dev e(A, B) = e(alpha, beta) e(statement, gamma) e(C, delta), with A on the right side.
    function _pairs(
        bytes memory key,
        Proof calldata proof,
        uint256[2] memory statement
    ) private pure returns (bytes memory pairs) {
        // The identity (0, 0) becomes (0, field order), which the precompile refuses: no honest proof has that A.
        uint256 minusY = Bn254.BASE_FIELD - proof.a[1];
        pairs = new bytes(4 * 0xc0);
        assembly ("memory-safe") {
            let parts := add(key, 0x20)
            let pair := add(pairs, 0x20)
            calldatacopy(pair, proof, 0xc0) // A, B
            mstore(add(pair, 0x20), minusY)
            pair := add(pair, 0xc0)
            mcopy(pair, add(parts, ALPHA), 0xc0) // alpha, beta
            pair := add(pair, 0xc0)
            mcopy(pair, statement, 0x40)
            mcopy(add(pair, 0x40), add(parts, GAMMA), 0x80)
            pair := add(pair, 0xc0)
            calldatacopy(pair, add(proof, 0xc0), 0x40) // C
            mcopy(add(pair, 0x40), add(parts, DELTA), 0x80)
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
}
