// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

/// @title A contract with a guardian
/// @notice The guardian (the owner, at first the deployer) may stop new work and let it go on: its only power. Heirs mark
/// admissions and registrations `whenNotPaused`, and never evidence, challenges, refunds or withdrawals.
abstract contract Guarded is Ownable2Step, Pausable {
    constructor() Ownable(msg.sender) {}

    /// @notice Stops admissions and registrations.
    function pause() external onlyOwner {
        _pause();
    }

    /// @notice Lets admissions and registrations go on.
    function unpause() public virtual onlyOwner {
        _unpause();
    }

    /// @notice Gives the guardian's power up for ever.
    /// @dev Not while paused, so that no guardian leaves a contract that nobody can unpause.
    function renounceOwnership() public override whenNotPaused {
        super.renounceOwnership();
    }
}
