// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;
import {Groth16Verifier} from "../../contracts/evidence/Groth16Verifier.sol";
import {Bn254} from "../../contracts/libraries/Bn254.sol";
import {Proof, VerifyingKey} from "../../contracts/types/VerifyingKey.sol";
import {Bn254Points} from "../support/Bn254Points.sol";
import {vm} from "../support/Vm.sol";
contract GasTest {
    Groth16Verifier v; uint256[] w; bytes32 id; uint256[] ss;
    function setUp() external { v = new Groth16Verifier(); w=[3,5,13,17]; ss=[101,103,107]; id = v.registerKey(Bn254Points.key(11, w)); }
    function test_x() external view {
        Proof memory p = Bn254Points.proof(Bn254Points.logarithmOfA(11, w, ss, 7), 7);
        uint256[] memory s = ss;
        bytes memory call = abi.encodeCall(v.verify, (id, p, s));
        uint256 g = gasleft();
        (bool ok, ) = address(v).staticcall(call);
        uint256 cold = g - gasleft();
        g = gasleft();
        (ok, ) = address(v).staticcall(call);
        uint256 warm = g - gasleft();
        g = gasleft();
        bool r = Bn254.pairingIsOne(abi.encode(p.a, p.b, p.a, p.b, p.a, p.b,p.a,p.b));
        uint256 pairing = g - gasleft();
        vm.assertEq(abi.encode(cold, warm, pairing, ok, r), "", "x");
    }
}
