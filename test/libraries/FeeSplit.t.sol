// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FeeSplit} from "../../contracts/libraries/FeeSplit.sol";
import {vm} from "../support/Vm.sol";

contract FeeSplitTest {
    uint128 private constant MAX = type(uint128).max;

    function test_feeOf() public pure {
        vm.assertEq(FeeSplit.feeOf(40, 11, 1_000), 440, "units times price");
        vm.assertEq(FeeSplit.feeOf(40, 11, 440), 440, "exactly the maximum");
        vm.assertEq(FeeSplit.feeOf(40, 11, 439), 439, "at most the maximum");
        vm.assertEq(FeeSplit.feeOf(0, MAX, MAX), 0, "no units");
        vm.assertEq(FeeSplit.feeOf(type(uint40).max, 0, MAX), 0, "no price");
        vm.assertEq(FeeSplit.feeOf(1, MAX, MAX), MAX, "the most");
        vm.assertEq(FeeSplit.feeOf(type(uint40).max, MAX, MAX), MAX, "2^168 does not overflow");
    }

    function test_shareDown() public pure {
        vm.assertEq(FeeSplit.shareDown(9_999, 1), 0, "rounded down to nothing");
        vm.assertEq(FeeSplit.shareDown(10_000, 1), 1, "one");
        vm.assertEq(FeeSplit.shareDown(19_999, 1), 1, "rounded down");
        vm.assertEq(FeeSplit.shareDown(MAX, 0), 0, "no share");
        vm.assertEq(FeeSplit.shareDown(MAX, 10_000), MAX, "all of the most");
        vm.assertEq(FeeSplit.shareDown(0, 10_000), 0, "of nothing");
    }

    function testFuzz_feeOf(uint40 units, uint128 price, uint128 maxFee) public pure {
        uint256 metered = uint256(units) * price;
        vm.assertEq(FeeSplit.feeOf(units, price, maxFee), metered > maxFee ? maxFee : metered, "the smaller");
    }

    /// @dev I5: what the market computes sums to the fee for every fee and every pair of shares, to the wei.
    function testFuzz_splitSumsExactly(uint128 fee, uint16 verificationBps, uint16 dataBps) public pure {
        verificationBps %= 10_001;
        // The sum of both shares is at most the whole, as the market's constructor asks.
        dataBps %= 10_001 - verificationBps;
        uint128 verification = FeeSplit.shareDown(fee, verificationBps);
        uint128 data = FeeSplit.shareDown(fee, dataBps);
        vm.assertLe(uint256(verification) + data, fee, "never more than the fee");
        uint128 inference = fee - verification - data;
        vm.assertEq(uint256(inference) + verification + data, fee, "no dust");
        uint256 exact = uint256(fee) * verificationBps;
        vm.assertLe(uint256(verification) * 10_000, exact, "rounded down");
        vm.assertGt((uint256(verification) + 1) * 10_000, exact, "by less than one");
    }
}
