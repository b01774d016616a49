// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Batch, BatchState, Channel} from "../../contracts/types/Batch.sol";
import {Earnings} from "../../contracts/types/Earnings.sol";
import {Evidence} from "../../contracts/types/Evidence.sol";
import {Exposure} from "../../contracts/types/Exposure.sol";
import {Fault, Opening, Receipt} from "../../contracts/types/Receipt.sol";
import {BatchFixture, Draft} from "./BatchFixture.sol";
import {vm} from "./Vm.sol";

/// @notice Everybody who deals with batches, doing anything in any order, and the books to compare the settler with.
abstract contract BatchHandler is BatchFixture {
    uint256 internal constant CLIENTS = 3;

    /// @dev Drafts, encoded: the compiler copies no such struct to storage.
    bytes[] internal drafts;
    uint40[] internal demanded; // positions that are asked for, and not answered, of the batch in `demandedOf`
    uint256[] internal demandedOf;

    /* BOOKS */

    mapping(uint256 batch => uint40) internal badPosition; // one more than the position of a faulty receipt
    mapping(uint256 batch => Fault) internal badFault;
    mapping(uint256 batch => uint256) internal paid; // token units to node, data node, pool and signers
    mapping(uint256 batch => uint256) internal gone; // token units to clients and to the market
    mapping(uint256 client => uint40) internal claimedUpTo;
    uint256 internal extractedBonds; // token units locked for claims at the market
    bytes[] internal claims; // receipts at the market, encoded
    mapping(string action => uint256) internal acted;

    error Skipped();

    modifier acting(string memory action) {
        _;
        ++acted[action];
    }

    /* ACTIONS */

    function topUp(uint256 seed) external acting("fund") {
        uint256 client = seed % CLIENTS;
        openChannel(client);
    }

    function release(uint256 seed) external acting("release") {
        uint256 client = seed % CLIENTS;
        vm.warp(uint256(channelOf(client).until) + LONGEST_ORDER);
        vm.prank(clientOf(client));
        settler.release(NODE, channelSigner(client));
    }

    function postBatch(uint256 seed) external acting("post") {
        Evidence kind = Evidence((seed >> 8) % 3);
        if (kind == Evidence.TEE && time() >= START + 20 hours) kind = Evidence.ZKML;
        Draft memory draft = draftOf(1 + ((seed >> 16) % CLIENTS), uint40(1 + ((seed >> 24) % 3)), kind);
        uint256 number = drafts.length;
        if ((seed >> 64) % 3 == 0) withData(draft, uint128((seed >> 72) % 2_000));
        if ((seed >> 32) % 2 == 0) spoilReceipt(draft, number, seed >> 40);
        if ((seed >> 96) % 5 == 0) signVoucher(draft.vouchers[0], clientKey(0), NODE);
        post(draft);
        for (uint256 client = 0; client < draft.parts.length; ++client) {
            if (draft.parts[client].signer == address(0)) continue;
            vm.assertEq(draft.parts[client].fromCount, claimedUpTo[client], "a request is claimed once");
            claimedUpTo[client] = draft.parts[client].toCount;
        }
        drafts.push(abi.encode(draft));
    }

    function spoilReceipt(Draft memory draft, uint256 number, uint256 seed) private {
        uint40 position = uint40(seed % draft.receipts.length);
        badPosition[number] = position + 1;
        if ((seed >> 16) % 2 == 0) {
            badFault[number] = Fault.UNSIGNED;
            signRequest(draft.receipts[position], clientKey(9));
        } else {
            badFault[number] = Fault.EVIDENCE;
            draft.receipts[position].evidence = "nothing";
        }
    }

    function sign(uint256 seed) external acting("countersign") {
        (uint256 number, Draft memory draft) = pick(seed, BatchState.POSTED);
        uint256 before = earned();
        settler.countersign(draft.header, signaturesOf(draft, 4 + ((seed >> 32) % 2)));
        paid[number] += earned() - before;
    }

    function finish(uint256 seed) external acting("finalize") {
        (uint256 number, Draft memory draft) = pickAny(seed);
        uint256 before = earned();
        settler.finalize(draft.header);
        paid[number] += earned() - before;
    }

    function show(uint256 seed) external acting("challenge") {
        (uint256 number, Draft memory draft) = pickAny(seed);
        if (badPosition[number] == 0) revert Skipped();
        uint40 position = badPosition[number] - 1;
        Receipt memory receipt = draft.receipts[position];
        uint256 returned = settler.batchOf(draft.batchId).returned;
        uint256 client = numberOf(receipt.request.client);
        uint256 before = wealthOf(client);
        challenge(draft, signers(draft), one(openingOf(draft, position)), badFault[number]);
        uint256 refund = wealthOf(client) - before;
        vm.assertEq(refund, feeOf(receipt), "the client is whole");
        gone[number] += settler.batchOf(draft.batchId).returned - returned;
    }

    /// @dev Of any receipt: a right one has no fault.
    function accuse(uint256 seed) external acting("accuse") {
        (uint256 number, Draft memory draft) = pickAny(seed);
        uint40 position = uint40((seed >> 32) % draft.receipts.length);
        Fault fault = Fault((seed >> 64) % 6);
        if (position + 1 == badPosition[number] && fault == badFault[number]) revert Skipped();
        Opening[] memory leaves = one(openingOf(draft, position));
        if (fault == Fault.WRONG_SUM && position != 0) leaves = two(leaves[0], openingOf(draft, position - 1));
        commitTo(draft, position, fault);
        vm.prank(CHALLENGER);
        (bool ok, ) = address(settler).call(
            abi.encodeCall(
                settler.challenge,
                (draft.header, placeOf(draft, position), signers(draft), leaves, fault, SALT)
            )
        );
        vm.assertFalse(ok, "a right receipt has a fault");
    }

    function takeOut(uint256 seed) external acting("extract") {
        (uint256 number, Draft memory draft) = pickAny(seed);
        uint40 position = uint40((seed >> 32) % draft.receipts.length);
        if (position + 1 == badPosition[number]) revert Skipped();
        Receipt memory receipt = draft.receipts[position];
        settler.extract(draft.header, placeOf(draft, position), openingOf(draft, position));
        gone[number] += feeOf(receipt);
        extractedBonds += MODEL_BOND + receipt.request.declaredValue;
        claims.push(abi.encode(receipt));
    }

    function finishClaim(uint256 seed) external acting("finalize claim") {
        if (claims.length == 0) revert Skipped();
        uint256 number = seed % claims.length;
        Receipt memory receipt = abi.decode(claims[number], (Receipt));
        market.finalize(receipt.request, resultIn(receipt));
        extractedBonds -= MODEL_BOND + receipt.request.declaredValue;
        claims[number] = claims[claims.length - 1];
        claims.pop();
    }

    function ask(uint256 seed) external acting("demand") {
        (uint256 number, Draft memory draft) = pickAny(seed);
        uint40 position = uint40((seed >> 32) % draft.receipts.length);
        vm.prank(CHALLENGER);
        settler.demand(draft.header, position);
        demanded.push(position);
        demandedOf.push(number);
    }

    function reveal(uint256 seed) external acting("reveal") {
        (uint256 which, Draft memory draft, uint40 position) = pickDemand(seed);
        settler.reveal(draft.header, openingOf(draft, position));
        forget(which);
    }

    /// @dev Of one receipt alone: its neighbours are known here.
    function lapse(uint256 seed) external acting("lapse") {
        (uint256 which, Draft memory draft, uint40 position) = pickDemand(seed);
        uint256 until = settler.demandOf(draft.batchId, position).until;
        if (time() < until) vm.warp(until);
        uint256 returned = settler.batchOf(draft.batchId).returned;
        uint256 client = numberOf(draft.receipts[position].request.client);
        uint256 before = wealthOf(client);
        settler.lapse(
            draft.header,
            placeOf(draft, position),
            signers(draft),
            position,
            position,
            around(draft, position)
        );
        uint256 due = isRefused(draft, position) ? 0 : feeOf(draft.receipts[position]);
        vm.assertEq(wealthOf(client) - before, due, "the client is whole");
        gone[demandedOf[which]] += settler.batchOf(draft.batchId).returned - returned;
        forget(which);
    }

    function giveUp(uint256 seed) external acting("return demand") {
        (uint256 which, Draft memory draft, uint40 position) = pickDemand(seed);
        settler.returnDemand(draft.batchId, position);
        forget(which);
    }

    function isRefused(Draft memory draft, uint40 position) private pure returns (bool) {
        address client = draft.receipts[position].request.client;
        uint256 part;
        while (draft.parts[part].client != client) ++part;
        return draft.parts[part].signer == address(0);
    }

    function around(Draft memory draft, uint40 position) private pure returns (Opening[] memory list) {
        uint40 start;
        uint256 part;
        while (start + draft.parts[part].toCount - draft.parts[part].fromCount <= position) {
            start += draft.parts[part].toCount - draft.parts[part].fromCount;
            ++part;
        }
        uint40 end = start + draft.parts[part].toCount - draft.parts[part].fromCount;
        bool before = position > start;
        bool behind = position + 1 < end;
        if (before && behind) return two(openingOf(draft, position - 1), openingOf(draft, position + 1));
        if (before) return one(openingOf(draft, position - 1));
        if (behind) return one(openingOf(draft, position + 1));
    }

    function collectAll(uint256 seed) external acting("collect") {
        if (seed % 4 == 0) settler.collect(NODE);
        else if (seed % 4 == 1) settler.collect(DATA_NODE);
        else if (seed % 4 == 2) settler.payPool(NODE);
        else settler.collectSigner(vm.addr(verifierKey((seed >> 8) % verifiers())));
    }

    function movePledge(uint256 seed) external acting("pledge") {
        bytes32 modelId = modelFor[(seed >> 8) % 3];
        vm.prank(NODE);
        if (seed % 2 == 0) settler.pledge(modelId, uint80((seed >> 16) % 10_000));
        else settler.unpledge(modelId, uint80((seed >> 16) % 200_000));
    }

    function unbond(uint256 seed) external acting("unbond") {
        vm.prank(vm.addr(verifierKey(seed % verifiers())));
        registry.beginUnbonding(uint128((seed >> 8) % 5_000));
    }

    function wait(uint256 seed) external acting("wait") {
        pass(seed % (RESPONSE_WINDOW + 60));
        mine(1 + (seed % 3));
    }

    function waitLong(uint256 seed) external acting("wait long") {
        pass(seed % (2 * uint256(LONGEST_CHALLENGE)));
    }

    /* PICKS */

    function pickAny(uint256 seed) private view returns (uint256 number, Draft memory draft) {
        if (drafts.length == 0) revert Skipped();
        // Most of the time one of the last, which something can still be done about.
        uint256 recent = drafts.length > 4 && seed % 8 != 0 ? 4 : drafts.length;
        number = drafts.length - 1 - ((seed >> 4) % recent);
        draft = abi.decode(drafts[number], (Draft));
    }

    function pick(uint256 seed, BatchState state) private view returns (uint256 number, Draft memory draft) {
        (number, draft) = pickAny(seed);
        if (settler.batchOf(draft.batchId).state != state) revert Skipped();
    }

    function pickDemand(uint256 seed) private view returns (uint256 which, Draft memory draft, uint40 position) {
        if (demanded.length == 0) revert Skipped();
        which = seed % demanded.length;
        draft = abi.decode(drafts[demandedOf[which]], (Draft));
        position = demanded[which];
    }

    function forget(uint256 which) private {
        demanded[which] = demanded[demanded.length - 1];
        demandedOf[which] = demandedOf[demandedOf.length - 1];
        demanded.pop();
        demandedOf.pop();
    }

    /// @dev Who countersigned, by the events of the sequence: those of the committee that the batch's hash names.
    function signers(Draft memory draft) private view returns (address[] memory list) {
        bytes15 hash = settler.batchOf(draft.batchId).signersHash;
        if (hash == 0) return nobody();
        list = signersOf(draft, COMMITTEE);
        if (bytes15(keccak256(abi.encodePacked(list))) != hash) list = signersOf(draft, COMMITTEE - 1);
    }

    function channelOf(uint256 client) internal view returns (Channel memory) {
        return settler.channelOf(clientOf(client), NODE, channelSigner(client));
    }

    /// @dev What nodes and signers have not collected.
    function earned() internal view returns (uint256 total) {
        Earnings memory earnings = settler.earningsOf(NODE);
        total = uint256(earnings.own) + earnings.pool + settler.earningsOf(DATA_NODE).own;
        for (uint256 i = 0; i < verifiers(); ++i) total += signerNumber(i).held;
    }

    function signerNumber(uint256 i) internal view returns (Exposure memory) {
        return settler.signerOf(vm.addr(verifierKey(i)));
    }

    function batchNumber(uint256 number) internal view returns (Draft memory draft, Batch memory batch) {
        draft = abi.decode(drafts[number], (Draft));
        batch = settler.batchOf(draft.batchId);
    }
}
