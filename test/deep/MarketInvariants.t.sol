// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MarketHandler} from "../support/MarketHandler.sol";
import {MarketInvariants} from "../support/MarketInvariants.sol";

contract Everybody is MarketHandler {}

/// @notice The invariants on sequences of the fuzzer, which differ from run to run: it draws on what it has seen.
contract MarketInvariantsTest is MarketInvariants {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    function newHandler() internal override returns (MarketHandler) {
        return new Everybody();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(handler), actions());
    }

    /// hardhat-config: invariant.runs = 7
    /// hardhat-config: invariant.depth = 1200
    function invariant_market() public view {
        checkInvariants();
    }

    function afterInvariant() public view {
        checkEverythingWasDone();
    }
}
