// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Proof, VerifyingKey} from "../types/VerifyingKey.sol";

/// @title One Groth16 verifier for all models
/// @notice Keys are registered once and kept in code storage. A key made by the public development ceremony is refused off
/// local chains, whether it is marked or not; a key without a phase-2 contribution is refused everywhere.
/// @dev Warning: this contract cannot know that a production ceremony was honest.
interface IGroth16Verifier {
    event VerifyingKeyRegistered(bytes32 indexed keyId, uint256 signals, bool development);

    error KeyAlreadyRegistered(bytes32 keyId);
    error KeyUnknown(bytes32 keyId);
    error KeyDevelopmentRefused(uint256 chainId);
    error KeyDevelopmentUnmarked();
    error KeyWithoutPhase2();
    error KeySignalsInvalid(uint256 icLength);
    error KeyPointInvalid(uint256 index);
    error SignalCountMismatch(uint256 count, uint256 expected);
    error SignalAliased(uint256 index, uint256 signal);
    error VerificationGasTooLow(uint256 gas, uint256 needed);
    error BatchEmpty();

    /// @notice Checks and stores a verifying key.
    /// @dev Every point must be in its group and not the identity; `KeyPointInvalid` counts alpha 0, beta 1, gamma 2,
    /// delta 3, ic[i] 4 + i. Warning: a delta that is a secret multiple of gamma looks like any other.
    /// @return keyId keccak256(abi.encode(key)).
    function registerKey(VerifyingKey calldata key) external returns (bytes32 keyId);

    /// @notice Whether the proof verifies under the key. Malformed points give false.
    /// @dev Reverts on an unknown key, a wrong number of signals, a signal that is not below the field's order, or less gas
    /// than verifying can take, so that false is never the caller's doing. A malformed proof cannot burn all gas.
    /// Warning: Groth16 proofs are malleable; never use a proof's bytes as an identifier.
    function verify(bytes32 keyId, Proof calldata proof, uint256[] calldata signals) external view returns (bool);

    /// @notice Whether all proofs, each with its own signals, verify under the key. Malformed points give false.
    /// @dev One pairing check of a random linear combination: a batch with a false proof passes with a chance of 2^-253.
    /// Reverts as `verify` does, on an empty batch, and with `SignalCountMismatch` unless there is a list of signals for each
    /// proof.
    /// Warning: a false does not tell which proof is bad.
    function verifyBatch(
        bytes32 keyId,
        Proof[] calldata proofs,
        uint256[][] calldata signals
    ) external view returns (bool);

    function keyOf(bytes32 keyId) external view returns (VerifyingKey memory);

    function isRegistered(bytes32 keyId) external view returns (bool);

    /// @notice The contract whose code, after its first byte, is abi.encode(key); it never changes.
    function pointerOf(bytes32 keyId) external view returns (address);
}
