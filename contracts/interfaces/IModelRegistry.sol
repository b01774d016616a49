// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Evidence} from "../types/Evidence.sol";
import {Model, Terms} from "../types/Model.sol";

/// @title Model versions and what verifies them
/// @notice A version is immutable: its id is the hash of all its fields, so whoever names the id pins the verifying key,
/// the bond, the value cap and the windows.
/// @dev Warning: registration is open to everybody. A registered model is not a good model; nodes opt in to the versions
/// they trust and clients name the version they want. `previousVersion` is the publisher's word: it may name a model of
/// somebody else.
interface IModelRegistry {
    event ModelRegistered(bytes32 indexed modelId, address indexed publisher, Model model);

    error ModelAlreadyRegistered(bytes32 modelId);
    error ModelUnknown(bytes32 modelId);
    error ModelPathsInvalid(uint8 paths);
    error ModelPublisherMismatch(address publisher, address caller);
    error ModelKeyMismatch(bytes32 verifyingKeyId, uint8 paths);
    error ModelKeyUnknown(bytes32 verifyingKeyId);
    error ModelBondZero();
    error ModelUnitsZero(uint8 paths);
    error PathUnavailable(bytes32 modelId, Evidence kind);

    /// @notice Registers a version; the caller is its publisher.
    /// @dev A version with the ZKML path has fixed units: a proof does not judge them, so its node could charge any.
    /// @return modelId keccak256(abi.encode(model)).
    function registerModel(Model calldata model) external returns (bytes32 modelId);

    /// @notice The id that these fields have.
    function idOf(Model calldata model) external pure returns (bytes32);

    /// @notice All fields; reverts with `ModelUnknown`.
    function modelOf(bytes32 modelId) external view returns (Model memory);

    /// @notice What each request needs, read more cheaply than `modelOf`; reverts with `ModelUnknown`.
    function termsOf(bytes32 modelId) external view returns (Terms memory);

    /// @notice The model's Groth16 key, zero when ZKML is not a path; reverts with `ModelUnknown`.
    function verifyingKeyOf(bytes32 modelId) external view returns (bytes32);

    /// @notice Who manages the model's enclave measurements; reverts with `ModelUnknown`.
    function publisherOf(bytes32 modelId) external view returns (address);

    function isRegistered(bytes32 modelId) external view returns (bool);

    function groth16Verifier() external view returns (address);
}
