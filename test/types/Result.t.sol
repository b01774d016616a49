// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Result, subjectOf} from "../../contracts/types/Result.sol";
import {vm} from "../support/Vm.sol";

contract ResultTest {
    function testFuzz_hashOf_differsWithEachField(Result memory result, Result memory other) public pure {
        bytes25 hash = subjectOf(result);
        vm.assertEq(subjectOf(Result(result.outputCommitment, result.units, result.node)), hash, "equal results");
        assertDiffers(hash, Result(other.outputCommitment, result.units, result.node), result);
        assertDiffers(hash, Result(result.outputCommitment, other.units, result.node), result);
        assertDiffers(hash, Result(result.outputCommitment, result.units, other.node), result);
    }

    /// @dev By the least that a field can differ.
    function testFuzz_hashOf_differsWithEachBit(Result memory result, uint8 bit) public pure {
        bytes25 hash = subjectOf(result);
        bytes32 output = bytes32(uint256(result.outputCommitment) ^ (1 << bit));
        assertDiffers(hash, Result(output, result.units, result.node), result);
        uint40 units = result.units ^ uint40(1 << (bit % 40));
        assertDiffers(hash, Result(result.outputCommitment, units, result.node), result);
        address node = address(uint160(result.node) ^ uint160(1 << (bit % 160)));
        assertDiffers(hash, Result(result.outputCommitment, result.units, node), result);
    }

    function assertDiffers(bytes25 hash, Result memory other, Result memory result) private pure {
        bool isSame = keccak256(abi.encode(other)) == keccak256(abi.encode(result));
        if (!isSame) vm.assertNotEq(subjectOf(other), hash, "another result");
    }
}
