// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Bn254} from "../../contracts/libraries/Bn254.sol";
import {Bn254Points} from "../support/Bn254Points.sol";
import {vm} from "../support/Vm.sol";

/// @dev What no key or proof can reach through Groth16Verifier.
contract Bn254Test {
    function test_MultiplyAddAddsInPlace() external view {
        uint256[2] memory sum = Bn254Points.g1(3);
        vm.assertTrue(Bn254.multiplyAdd(sum, Bn254Points.g1(5), 7), "success");
        vm.assertEq(abi.encode(sum), abi.encode(Bn254Points.g1(38)), "3 + 5 x 7");
    }

    function test_MultiplyAddOfInvalidPointsFails() external view {
        uint256[2] memory sum = Bn254Points.g1(3);
        vm.assertFalse(Bn254.multiplyAdd(sum, [uint256(1), 3], 7), "point off the curve");
        uint256[2] memory off = [uint256(1), 3];
        vm.assertFalse(Bn254.multiplyAdd(off, Bn254Points.g1(5), 7), "sum off the curve");
    }

    function test_MultiplyMultipliesInPlace() external view {
        uint256[2] memory point = Bn254Points.g1(5);
        vm.assertTrue(Bn254.multiply(point, 7), "success");
        vm.assertEq(abi.encode(point), abi.encode(Bn254Points.g1(35)), "5 x 7");
    }

    function test_MultiplyOfInvalidPointsFails() external view {
        uint256[2] memory off = [uint256(1), 3];
        vm.assertFalse(Bn254.multiply(off, 7), "off the curve");
        uint256[2] memory outside = [Bn254.BASE_FIELD + 1, 2];
        vm.assertFalse(Bn254.multiply(outside, 7), "outside the field");
    }

    /// @dev The precompile's answer is read from scratch memory, which may hold a one from before.
    function test_AFailedPairingIsFalseWhateverScratchMemoryHolds() external view {
        bytes memory malformed = abi.encode(Bn254Points.g1(1), Bn254Points.outsideG2());
        assembly ("memory-safe") {
            mstore(0x00, 1)
        }
        vm.assertFalse(Bn254.pairingIsOne(malformed), "failed call");
    }

    function test_APairingIsOneExactlyWhenItCancels() external view {
        bytes memory cancels = abi.encode(
            Bn254Points.g1(6),
            Bn254Points.g2(),
            Bn254Points.g1(6),
            Bn254Points.minusG2()
        );
        bytes memory remains = abi.encode(
            Bn254Points.g1(6),
            Bn254Points.g2(),
            Bn254Points.g1(5),
            Bn254Points.minusG2()
        );
        vm.assertTrue(Bn254.pairingIsOne(cancels), "cancels");
        vm.assertFalse(Bn254.pairingIsOne(remains), "remains");
    }
}
