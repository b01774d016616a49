// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SSTORE2} from "solady/src/utils/SSTORE2.sol";

import {IGroth16Verifier} from "../interfaces/IGroth16Verifier.sol";
import {Bn254} from "../libraries/Bn254.sol";
import {Groth16, ProofBatch} from "../libraries/Groth16.sol";
import {Proof, VerifyingKey} from "../types/VerifyingKey.sol";

/// @title Groth16Verifier
contract Groth16Verifier is IGroth16Verifier {
    uint256 private constant MAX_SIGNALS = 64;

    /// @dev Chains that exist only on the machine that runs them: Hardhat's and the older local default.
    uint256 private constant HARDHAT_CHAIN = 31_337;
    uint256 private constant GANACHE_CHAIN = 1_337;

    /// @dev Alpha of every key of the public development ceremony; src/zkml/development.ts has the same.
    uint256 private constant DEVELOPMENT_ALPHA_X =
        11656656444741797191252560781653780100012646839618981870647999127150543099026;
    uint256 private constant DEVELOPMENT_ALPHA_Y =
        13446296573044802021343077341920752948102255020232937905557363171593677515205;

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
        return Groth16.verify(pointerOf(keyId), proof, signals);
    }

    /// @inheritdoc IGroth16Verifier
    function verifyBatch(
        bytes32 keyId,
        Proof[] calldata proofs,
        uint256[][] calldata signals
    ) external view returns (bool) {
        if (proofs.length == 0) revert BatchEmpty();
        if (signals.length != proofs.length) revert SignalCountMismatch(signals.length, proofs.length);

        ProofBatch memory batch = Groth16.open(pointerOf(keyId), proofs.length, keccak256(msg.data));
        for (uint256 i = 0; i < proofs.length; ++i) {
            if (!Groth16.add(batch, proofs[i], signals[i])) return false;
        }
        return Groth16.holds(batch);
    }

    /* VIEWS */

    /// @inheritdoc IGroth16Verifier
    function keyOf(bytes32 keyId) external view returns (VerifyingKey memory) {
        return abi.decode(SSTORE2.read(pointerOf(keyId)), (VerifyingKey));
    }

    /// @inheritdoc IGroth16Verifier
    function isRegistered(bytes32 keyId) public view returns (bool) {
        return _pointers[keyId] != address(0);
    }

    /// @inheritdoc IGroth16Verifier
    function pointerOf(bytes32 keyId) public view returns (address pointer) {
        pointer = _pointers[keyId];
        if (pointer == address(0)) revert KeyUnknown(keyId);
    }
}
