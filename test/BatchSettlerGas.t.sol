// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {console} from "hardhat/console.sol";

import {IBatchSettler} from "../contracts/interfaces/IBatchSettler.sol";
import {Evidence} from "../contracts/types/Evidence.sol";
import {Fault} from "../contracts/types/Receipt.sol";
import {BatchGas} from "./support/BatchGas.sol";
import {Draft} from "./support/BatchFixture.sol";
import {vm} from "./support/Vm.sol";

/// @notice What a batch costs its node, and the committee's signatures with payment. Posting and countersigning are measured in
/// calls of their own: a slot that was written in the same call would be cheaper to write again.
abstract contract BatchSettlerGas is BatchGas {
    uint256 private _posting;

    function clients() internal pure virtual returns (uint256);

    function each() internal pure virtual returns (uint40);

    /// @dev Gas per receipt.
    function goal() internal pure virtual returns (uint256);

    /// @dev Gas of both transactions.
    function limit() internal pure virtual returns (uint256);

    function setUp() public override {
        super.setUp();
        warmUp(clients());
    }

    function postSized() private returns (Draft memory draft) {
        draft = sized(clients(), each());
        _posting = gasOf(NODE, abi.encodeCall(IBatchSettler.post, (draft.posting, draft.vouchers)));
        draft.batchId = keccak256(abi.encode(draft.header));
    }

    function test_gasPerReceipt() external {
        Draft memory draft = postSized();
        bytes memory data = abi.encodeCall(IBatchSettler.countersign, (draft.header, signaturesOf(draft, COMMITTEE)));
        uint256 countersigning = gasOf(STRANGER, data);
        uint256 receipts = clients() * each();
        console.log("receipts", receipts, "clients", clients());
        console.log("  post", _posting, "countersign", countersigning);
        console.log("  gas per receipt", (_posting + countersigning) / receipts, "goal", goal());
        vm.assertLt(_posting + countersigning, limit(), "no more than it was");
    }
}

contract TenClientsGasTest is BatchSettlerGas {
    function clients() internal pure override returns (uint256) {
        return 10;
    }

    function each() internal pure override returns (uint40) {
        return 26;
    }

    function goal() internal pure override returns (uint256) {
        return 1_350;
    }

    function limit() internal pure override returns (uint256) {
        return 350_000;
    }
}

contract TenBusyClientsGasTest is BatchSettlerGas {
    function clients() internal pure override returns (uint256) {
        return 10;
    }

    function each() internal pure override returns (uint40) {
        return 100;
    }

    function goal() internal pure override returns (uint256) {
        return 350;
    }

    function limit() internal pure override returns (uint256) {
        return 350_000;
    }
}

contract ManyClientsGasTest is BatchSettlerGas {
    function clients() internal pure override returns (uint256) {
        return 64;
    }

    function each() internal pure override returns (uint40) {
        return 16;
    }

    function goal() internal pure override returns (uint256) {
        return 1_150;
    }

    function limit() internal pure override returns (uint256) {
        return 1_080_000;
    }
}

/// @notice What it costs to show a fault of a batch of ten clients, before what the chain refunds for emptied slots.
contract FaultGasTest is BatchGas {
    function setUp() public override {
        super.setUp();
        warmUp(10);
        // Nobody's account is new, and something has been burned before.
        for (uint256 i = 0; i < 10; ++i) fund(clientOf(i), 1);
        Draft memory draft = spoiled();
        challenge(draft, nobody(), one(openingOf(draft, 4)), Fault.EVIDENCE);
    }

    function test_gasOfAChallenge() external {
        uint256 unsigned = gasOfFault(false);
        uint256 signed = gasOfFault(true);
        console.log("challenge, no signers", unsigned, "goal 70000");
        console.log("challenge, 5 signers", signed, "goal 110000");
        vm.assertLt(unsigned, 150_000, "no more than it was");
        vm.assertLt(signed, 225_000, "no more than it was");
    }

    function gasOfFault(bool signed) private returns (uint256) {
        Draft memory draft = spoiled();
        if (signed) countersign(draft);
        address[] memory signers = signed ? signersOf(draft, COMMITTEE) : nobody();
        commitTo(draft, 4, Fault.EVIDENCE);
        bytes memory data = abi.encodeCall(
            IBatchSettler.challenge,
            (draft.header, placeOf(draft, 4), signers, one(openingOf(draft, 4)), Fault.EVIDENCE, SALT)
        );
        return gasOf(CHALLENGER, data);
    }

    function spoiled() private returns (Draft memory draft) {
        draft = draftOf(10, 1, Evidence.TEE);
        draft.receipts[4].outputCommitment = WRONG;
        post(draft);
    }
}
