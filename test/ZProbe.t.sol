// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;
import {console} from "hardhat/console.sol";
import {IBatchSettler} from "../contracts/interfaces/IBatchSettler.sol";
import {IBatchJudge} from "../contracts/interfaces/IBatchJudge.sol";
import {Countersignature} from "../contracts/types/Batch.sol";
import {BatchGas} from "./support/BatchGas.sol";
import {Draft} from "./support/BatchFixture.sol";
import {vm} from "./support/Vm.sol";
contract ZProbeTest is BatchGas {
    function setUp() public override { super.setUp(); warmUp(10); }
    function coolAll() internal { vm.cool(address(settler)); vm.cool(address(judge)); vm.cool(address(registry)); vm.cool(address(market)); }
    function test_probe() external {
        Draft memory draft = sized(10, 26);
        vm.prank(NODE);
        draft.batchId = settler.post(draft.posting, draft.vouchers);
        Countersignature[] memory sigs = signaturesOf(draft, 5);
        bytes memory a = abi.encodeCall(IBatchJudge.signersOf, (draft.header, sigs));
        bytes memory b = abi.encodeCall(IBatchJudge.committeeOf, (draft.header));
        address[] memory ex = new address[](1);
        coolAll();
        uint256 g = gasleft();
        (bool ok,) = address(judge).call(a);
        console.log("signersOf", g - gasleft(), ok);
        coolAll();
        g = gasleft();
        (ok,) = address(judge).call(b);
        console.log("committeeOf", g - gasleft(), ok);
        uint40 asOf = draft.header.postedAt;
        coolAll();
        g = gasleft();
        registry.drawVerifiers(keccak256("x"), 5, asOf, ex);
        console.log("draw", g - gasleft());
        g = gasleft();
        registry.drawVerifiers(keccak256("x"), 5, asOf, ex);
        console.log("draw warm", g - gasleft());
        coolAll();
        g = gasleft();
        registry.nodeOf(vm.addr(verifierKey(1)));
        console.log("nodeOf", g - gasleft());
        g = gasleft();
        registry.nodeOf(vm.addr(verifierKey(1)));
        console.log("nodeOf warm", g - gasleft());
    }
}
