// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IReceiptErrors} from "../contracts/interfaces/IReceiptErrors.sol";
import {IBatchSettler} from "../contracts/interfaces/IBatchSettler.sol";
import {IInferenceMarket} from "../contracts/interfaces/IInferenceMarket.sol";
import {ALL_EVIDENCE, Evidence} from "../contracts/types/Evidence.sol";
import {Fault, Opening, Receipt} from "../contracts/types/Receipt.sol";
import {BatchFixture, Draft} from "./support/BatchFixture.sol";
import {vm} from "./support/Vm.sol";

/// @notice Every fault of a receipt can be shown, none of a right one, and each costs who is to blame.
contract BatchSettlerFaultsTest is BatchFixture {
    /* EACH FAULT */

    function test_challenge_misplaced() external {
        Draft memory draft = draftOf(2, 2, Evidence.TEE);
        Receipt memory receipt = draft.receipts[BAD];
        receipt.index += 1; // a gap
        signAndProve(receipt, 1);
        assertFault(draft, Fault.MISPLACED, "gap");

        draft = draftOf(2, 2, Evidence.TEE);
        receipt = draft.receipts[BAD];
        receipt.index = draft.receipts[3].index; // a duplicate
        signAndProve(receipt, 1);
        assertFault(draft, Fault.MISPLACED, "duplicate");

        draft = draftOf(2, 2, Evidence.TEE);
        draft.receipts[BAD].request.client = clientOf(0);
        signAndProve(draft.receipts[BAD], 1);
        assertFault(draft, Fault.MISPLACED, "another client");

        draft = draftOf(2, 2, Evidence.TEE);
        draft.receipts[BAD].request.node = RIVAL;
        signAndProve(draft.receipts[BAD], 1);
        assertFault(draft, Fault.MISPLACED, "another node");

        draft = draftOf(2, 2, Evidence.TEE);
        draft.receipts[BAD].request.modelId = modelFor[0];
        signRequest(draft.receipts[BAD], signerKey(1));
        assertFault(draft, Fault.MISPLACED, "another model");

        draft = draftOf(2, 2, Evidence.TEE);
        (draft.receipts[BAD].request.dataNode, draft.receipts[BAD].request.dataCommitment) = (DATA_NODE, DATA);
        signAndProve(draft.receipts[BAD], 1);
        assertFault(draft, Fault.MISPLACED, "another data node");
    }

    function test_challenge_unsigned() external {
        Draft memory draft = draftOf(2, 2, Evidence.TEE);
        signRequest(draft.receipts[BAD], signerKey(0));
        assertFault(draft, Fault.UNSIGNED, "by another client's signer");

        draft = draftOf(2, 2, Evidence.TEE);
        draft.receipts[BAD].request.maxFee += 1;
        draft.receipts[BAD].evidence = realEvidence(
            Evidence.TEE,
            draft.receipts[BAD].request,
            resultIn(draft.receipts[BAD])
        );
        assertFault(draft, Fault.UNSIGNED, "another request than was signed");
    }

    function test_challenge_mismetered() external {
        Draft memory draft = draftOf(2, 2, Evidence.ZKML);
        draft.receipts[BAD].units = UNITS - 1;
        signAndProve(draft.receipts[BAD], 1);
        sum(draft);
        draft.posting.provenCharge += 1; // whatever the sums: the units alone are judged
        assertFault(draft, Fault.MISMETERED, "not the fixed units");
    }

    function test_challenge_evidence() external {
        Draft memory draft = draftOf(2, 2, Evidence.TEE);
        draft.receipts[BAD].outputCommitment = WRONG;
        assertFault(draft, Fault.EVIDENCE, "of another result");

        draft = draftOf(2, 2, Evidence.ZKML);
        draft.receipts[BAD].evidence = draft.receipts[BAD + 1].evidence;
        assertFault(draft, Fault.EVIDENCE, "of another request");

        draft = draftOf(2, 2, Evidence.ZKML);
        draft.receipts[BAD].evidence = "no proof";
        assertFault(draft, Fault.EVIDENCE, "that makes the verifier revert");

        draft = draftOf(2, 2, Evidence.VANILLA);
        draft.receipts[BAD].evidence = "more";
        assertFault(draft, Fault.EVIDENCE, "beside a claim");
    }

    function test_challenge_requirement() external {
        Draft memory draft = draftOf(2, 2, Evidence.TEE);
        draft.receipts[BAD].request.requiredEvidence = ALL_EVIDENCE;
        signAndProve(draft.receipts[BAD], 1);
        assertFault(draft, Fault.REQUIREMENT, "more evidence is required");

        draft = draftOf(2, 2, Evidence.TEE);
        draft.receipts[BAD].request.declaredValue = uint128(type(uint88).max) + 1;
        signAndProve(draft.receipts[BAD], 1);
        assertFault(draft, Fault.REQUIREMENT, "a value above the cap");

        draft = draftOf(2, 2, Evidence.TEE);
        draft.receipts[BAD].request.proveBy = time();
        signAndProve(draft.receipts[BAD], 1);
        assertFault(draft, Fault.REQUIREMENT, "too late");

        draft = draftOf(2, 2, Evidence.VANILLA);
        draft.receipts[BAD].kind = Evidence.ZKML;
        assertFault(draft, Fault.REQUIREMENT, "not a path of the model");
    }

    function test_challenge_wrongSum() external {
        // At the receipt before, each of the totals.
        for (uint256 which = 0; which < 4; ++which) {
            Draft memory draft = draftOf(2, 2, Evidence.TEE);
            if (which == 0) draft.receipts[3].totals.charge -= 1;
            else if (which == 1) draft.receipts[3].totals.provenCharge += 1;
            else if (which == 2) draft.receipts[3].totals.provenValue += 1;
            else draft.receipts[3].totals.claimBond += 1;
            post(draft);
            Opening[] memory leaves = two(openingOf(draft, 3), openingOf(draft, 2));
            challenge(draft, nobody(), leaves, Fault.WRONG_SUM);
            vm.assertTrue(settler.isVoid(draft.batchId, 3), "void");
        }
    }

    function test_challenge_wrongSumAtTheEnds() external {
        Draft memory draft = draftOf(2, 2, Evidence.TEE);
        draft.receipts[0].totals.charge += 1;
        assertFaultAt(draft, 0, Fault.WRONG_SUM, "the first does not start at zero");

        draft = draftOf(2, 2, Evidence.TEE);
        draft.receipts[1].totals.charge += 1;
        assertFaultAt(draft, 1, Fault.WRONG_SUM, "the last of a part");

        draft = draftOf(2, 2, Evidence.TEE);
        draft.posting.provenCharge -= 1;
        assertFaultAt(draft, 3, Fault.WRONG_SUM, "the last of the batch: proven charge");

        draft = draftOf(2, 2, Evidence.TEE);
        draft.posting.provenValue += 1;
        assertFaultAt(draft, 3, Fault.WRONG_SUM, "the last of the batch: proven value");

        draft = draftOf(2, 2, Evidence.TEE);
        draft.posting.claimBond += 1;
        assertFaultAt(draft, 3, Fault.WRONG_SUM, "the last of the batch: claim bond");
    }

    /* NOTHING ELSE */

    function test_RevertWhen_TheReceiptIsRight() external {
        for (uint8 path = 0; path < 3; ++path) {
            Draft memory draft = draftOf(2, 2, Evidence(path));
            post(draft);
            for (uint8 fault = 0; fault <= uint8(type(Fault).max); ++fault) {
                for (uint40 position = 0; position < 4; ++position) {
                    Opening[] memory leaves = one(openingOf(draft, position));
                    if (Fault(fault) == Fault.WRONG_SUM && position > 0) {
                        leaves = two(leaves[0], openingOf(draft, position - 1));
                    }
                    bytes memory reason = abi.encodeWithSelector(
                        IReceiptErrors.FaultUnproven.selector,
                        Fault(fault),
                        position
                    );
                    expectRefusal(draft, nobody(), leaves, Fault(fault), reason);
                }
            }
        }
    }

    function test_RevertWhen_TheReceiptIsNotOfTheBatch() external {
        Draft memory draft = draftOf(2, 2, Evidence.TEE);
        draft.receipts[BAD].outputCommitment = WRONG;
        post(draft);
        bytes memory reason = abi.encodeWithSelector(IReceiptErrors.ReceiptNotIncluded.selector, BAD);
        Opening memory opening = openingOf(draft, BAD);
        opening.receipt.units += 1;
        expectRefusal(draft, nobody(), one(opening), Fault.EVIDENCE, reason);

        opening = openingOf(draft, BAD);
        opening.position = 1;
        reason = abi.encodeWithSelector(IReceiptErrors.ReceiptNotIncluded.selector, uint40(1));
        expectRefusal(draft, nobody(), one(opening), Fault.EVIDENCE, reason);

        // A position beyond the tree has the same path.
        opening = openingOf(draft, BAD);
        opening.position = BAD + 4;
        reason = abi.encodeWithSelector(IReceiptErrors.ReceiptNotIncluded.selector, BAD + 4);
        expectRefusal(draft, nobody(), one(opening), Fault.EVIDENCE, reason);
    }

    function test_RevertWhen_ThePartsAreOthers() external {
        Draft memory draft = faulty();
        draft.parts[1].client = STRANGER;
        commitTo(draft, BAD, Fault.EVIDENCE);
        Opening[] memory leaves = one(openingOf(draft, BAD));
        vm.prank(CHALLENGER);
        vm.expectPartialRevert(IReceiptErrors.PartMismatch.selector);
        settler.challenge(draft.header, placeOf(draft, leaves[0].position), nobody(), leaves, Fault.EVIDENCE, SALT);
    }

    function test_RevertWhen_TheChallengeIsNotCommitted() external {
        Draft memory draft = faulty();
        Opening[] memory leaves = one(openingOf(draft, BAD));
        bytes32 hash = settler.challengeCommitment(CHALLENGER, draft.batchId, BAD, Fault.EVIDENCE, SALT);
        bytes memory reason = abi.encodeWithSelector(IBatchSettler.FaultUncommitted.selector, hash);
        expectRefusal(draft, nobody(), leaves, Fault.EVIDENCE, reason);

        vm.prank(CHALLENGER);
        settler.commitChallenge(hash);
        expect(abi.encodeWithSelector(IBatchSettler.FaultCommitmentExists.selector, hash));
        settler.commitChallenge(hash);
        // In the same block, and by who copies it.
        expectRefusal(draft, nobody(), leaves, Fault.EVIDENCE, reason);
        mine(1);
        bytes32 copied = settler.challengeCommitment(STRANGER, draft.batchId, BAD, Fault.EVIDENCE, SALT);
        expect(abi.encodeWithSelector(IBatchSettler.FaultUncommitted.selector, copied));
        vm.prank(STRANGER);
        settler.challenge(draft.header, placeOf(draft, leaves[0].position), nobody(), leaves, Fault.EVIDENCE, SALT);
    }

    function test_RevertWhen_TheWindowHasClosed() external {
        Draft memory draft = faulty();
        commitTo(draft, BAD, Fault.EVIDENCE);
        uint40 end = draft.header.postedAt + CHALLENGE_WINDOW;
        vm.warp(end);
        bytes memory reason = abi.encodeWithSelector(IBatchSettler.BatchWindowClosed.selector, draft.batchId, end);
        expectRefusal(draft, nobody(), one(openingOf(draft, BAD)), Fault.EVIDENCE, reason);
        vm.warp(end - 1);
        Opening[] memory leaves = one(openingOf(draft, BAD));
        vm.prank(CHALLENGER);
        settler.challenge(draft.header, placeOf(draft, leaves[0].position), nobody(), leaves, Fault.EVIDENCE, SALT);
    }

    function test_RevertWhen_ItWasShownBefore() external {
        Draft memory draft = faulty();
        Opening[] memory leaves = one(openingOf(draft, BAD));
        challenge(draft, nobody(), leaves, Fault.EVIDENCE);
        commitTo(draft, BAD, Fault.EVIDENCE);
        bytes memory reason = abi.encodeWithSelector(IBatchSettler.ReceiptVoid.selector, draft.batchId, BAD);
        expectRefusal(draft, nobody(), leaves, Fault.EVIDENCE, reason);
    }

    function test_RevertWhen_SignersAreLeftOutOrInvented() external {
        Draft memory draft = faulty();
        Opening[] memory leaves = one(openingOf(draft, BAD));
        bytes memory reason = abi.encodeWithSelector(IBatchSettler.SignersMismatch.selector, draft.batchId);
        commitTo(draft, BAD, Fault.EVIDENCE);
        address[] memory invented = new address[](1);
        invented[0] = vm.addr(verifierKey(0));
        expectRefusal(draft, invented, leaves, Fault.EVIDENCE, reason);
        countersign(draft);
        expectRefusal(draft, nobody(), leaves, Fault.EVIDENCE, reason);
        expectRefusal(draft, signersOf(draft, COMMITTEE - 1), leaves, Fault.EVIDENCE, reason);
    }

    function test_RevertWhen_TooLittleGasIsLeftForTheVerifier() external {
        Draft memory draft = draftOf(2, 2, Evidence.TEE);
        post(draft);
        commitTo(draft, BAD, Fault.EVIDENCE);
        Opening[] memory leaves = one(openingOf(draft, BAD));
        vm.prank(CHALLENGER);
        vm.expectPartialRevert(IInferenceMarket.GasTooLow.selector);
        settler.challenge{gas: 1_000_000}(
            draft.header,
            placeOf(draft, leaves[0].position),
            nobody(),
            leaves,
            Fault.EVIDENCE,
            SALT
        );
    }

    function assertFault(Draft memory draft, Fault fault, string memory label) private {
        assertFaultAt(draft, BAD, fault, label);
    }

    function assertFaultAt(Draft memory draft, uint40 position, Fault fault, string memory label) private {
        post(draft);
        uint256 client = draft.parts.length == 1 || position < 2 ? 0 : 1;
        uint256 before = wealthOf(client);
        challenge(draft, nobody(), one(openingOf(draft, position)), fault);
        vm.assertTrue(settler.isVoid(draft.batchId, position), label);
        if (fault == Fault.MISPLACED) return;
        uint256 refunded = wealthOf(client) - before;
        vm.assertGe(refunded, feeOf(draft.receipts[position]), string.concat(label, ": the client is whole"));
    }
}
