// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BatchSettler} from "../../contracts/BatchSettler.sol";
import {IBatchJudge} from "../../contracts/interfaces/IBatchJudge.sol";
import {BatchParameters} from "../../contracts/interfaces/IBatchSettler.sol";
import {FeeSplit} from "../../contracts/libraries/FeeSplit.sol";
import {
    BATCH_REQUEST_TYPEHASH,
    Channel,
    Countersignature,
    COUNTERSIGNATURE_TYPEHASH,
    Header,
    Part,
    Place,
    Posting,
    Voucher,
    VOUCHER_TYPEHASH
} from "../../contracts/types/Batch.sol";
import {Evidence, NO_EVIDENCE} from "../../contracts/types/Evidence.sol";
import {Role} from "../../contracts/types/Node.sol";
import {Fault, Opening, Receipt, Totals} from "../../contracts/types/Receipt.sol";
import {Request} from "../../contracts/types/Request.sol";
import {RequestId} from "../../contracts/types/RequestId.sol";
import {Result} from "../../contracts/types/Result.sol";
import {Reliance} from "../../contracts/types/State.sol";
import {partProofOf, partsRootOf, pathOf, rootOf} from "./BatchTree.sol";
import {MarketFixture} from "./MarketFixture.sol";
import {newBatchSettler} from "./Deployer.sol";
import {vm} from "./Vm.sol";

/// @notice A batch while it is made: change what a test is about, then `sealed` it.
struct Draft {
    Posting posting;
    Voucher[] vouchers;
    Part[] parts;
    Receipt[] receipts;
    Header header;
    bytes32 batchId;
}

/// @notice The whole system with a batch settler, clients whose keys are known, and verification nodes that can countersign.
abstract contract BatchFixture is MarketFixture {
    uint80 internal constant PENALTY = 211;
    uint80 internal constant DEMAND_BOND = 37;
    uint40 internal constant RESPONSE_WINDOW = 120;
    uint40 internal constant LONGEST_CHALLENGE = CHALLENGE_WINDOW + 2 * RESPONSE_WINDOW;
    uint40 internal constant DRAW_DELAY = 4;
    uint256 internal constant COMMITTEE = 5;
    uint128 internal constant VERIFIER_STAKE = 100_000;
    uint80 internal constant PLEDGE = 1_000_000;
    uint88 internal constant FUNDING = 10_000_000;
    bytes32 internal constant SALT = keccak256("salt");
    /// @dev Where most tests put what is wrong.
    uint40 internal constant BAD = 2;

    error KeyUnknown(address verifier);

    BatchSettler internal settler;
    IBatchJudge internal judge;

    function setUp() public virtual override {
        super.setUp();
        mine(1);
    }

    function deploySettlers() internal virtual override returns (address orderSettler, address batchSettler) {
        settler = newBatchSettler(address(market), batchParameters());
        judge = IBatchJudge(settler.judge());
        return (address(0), address(settler));
    }

    function batchParameters() internal pure virtual returns (BatchParameters memory) {
        return BatchParameters({signerPenalty: PENALTY, demandBond: DEMAND_BOND, responseWindow: RESPONSE_WINDOW});
    }

    function populate() internal virtual override {
        super.populate();
        for (uint256 i = 0; i < verifiers(); ++i) {
            registerNode(vm.addr(verifierKey(i)), Role.VERIFICATION, VERIFIER_STAKE);
        }
        // Nobody is drawn whose key is not known.
        vm.prank(REGISTRAR);
        registry.retire();
        vm.prank(OTHER_REGISTRAR);
        registry.retire();
        for (uint8 path = 0; path < 3; ++path) {
            vm.prank(NODE);
            settler.pledge(modelFor[path], PLEDGE);
        }
        for (uint256 i = 0; i < 3; ++i) openChannel(i);
    }

    /* CLIENTS AND VERIFIERS */

    function verifiers() internal pure virtual returns (uint256) {
        return 8;
    }

    function clientKey(uint256 number) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode("client", number))) >> 1;
    }

    function clientOf(uint256 number) internal pure returns (address) {
        return vm.addr(clientKey(number));
    }

    /// @dev A key of the client's own, apart from its account.
    function signerKey(uint256 number) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode("signer", number))) >> 1;
    }

    function channelSigner(uint256 number) internal pure returns (address) {
        return vm.addr(signerKey(number));
    }

    function verifierKey(uint256 number) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode("verifier", number))) >> 1;
    }

    function keyOfVerifier(address verifier) internal pure returns (uint256) {
        for (uint256 i = 0; i < verifiers(); ++i) {
            if (vm.addr(verifierKey(i)) == verifier) return verifierKey(i);
        }
        revert KeyUnknown(verifier);
    }

    function openChannel(uint256 number) internal {
        fund(clientOf(number), FUNDING);
        vm.prank(clientOf(number));
        settler.reserve(NODE, channelSigner(number), FUNDING, time() + 30 days);
    }

    function compact(uint256 key, bytes32 digest) internal pure returns (bytes32 r, bytes32 vs) {
        uint8 v;
        bytes32 s;
        (v, r, s) = vm.sign(key, digest);
        vs = bytes32(uint256(s) | (uint256(v - 27) << 255));
    }

    function typed(bytes32 structHash) internal view returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", settler.domainSeparator(), structHash));
    }

    /* RECEIPTS */

    /// @dev A receipt of the client's next request on this path, with real evidence.
    function receiptOf(uint256 client, uint40 index, Evidence kind) internal returns (Receipt memory receipt) {
        Request memory request = requestFor(modelFor[uint8(kind)]);
        request.client = clientOf(client);
        request.inputCommitment = INPUT;
        request.unitPrice = PRICE;
        request.proveBy = time() + 1 days;
        if (kind != Evidence.VANILLA) request.requiredEvidence = setOf(kind);
        receipt.request = request;
        receipt.index = index;
        receipt.outputCommitment = RIGHT;
        receipt.units = UNITS;
        receipt.kind = kind;
        signAndProve(receipt, client);
    }

    /// @dev After a change of the request or the result.
    function signAndProve(Receipt memory receipt, uint256 client) internal view {
        signRequest(receipt, signerKey(client));
        receipt.evidence = realEvidence(receipt.kind, receipt.request, resultIn(receipt));
    }

    function signRequest(Receipt memory receipt, uint256 key) internal view {
        bytes32 id = RequestId.unwrap(market.requestId(receipt.request));
        bytes32 digest = typed(keccak256(abi.encode(BATCH_REQUEST_TYPEHASH, id, receipt.index)));
        (receipt.r, receipt.vs) = compact(key, digest);
    }

    function resultIn(Receipt memory receipt) internal view returns (Result memory) {
        return Result(receipt.outputCommitment, receipt.units, NODE);
    }

    function feeOf(Receipt memory receipt) internal pure returns (uint80) {
        return uint80(FeeSplit.feeOf(receipt.units, receipt.request.unitPrice, receipt.request.maxFee));
    }

    /* BATCHES */

    /// @dev A batch of `each` receipts of each of the first clients, all of this kind.
    function draftOf(uint256 clients, uint40 each, Evidence kind) internal returns (Draft memory draft) {
        draft.posting.modelId = modelFor[uint8(kind)];
        draft.posting.postBy = type(uint40).max;
        draft.receipts = new Receipt[](clients * each);
        draft.vouchers = new Voucher[](clients);
        for (uint256 client = 0; client < clients; ++client) {
            Voucher memory voucher = voucherFor(client, each);
            for (uint40 i = 0; i < each; ++i) {
                Receipt memory receipt = receiptOf(client, voucher.fromCount + i, kind);
                draft.receipts[client * each + i] = receipt;
                voucher.toCharge += feeOf(receipt);
            }
            voucher.maxCharge = voucher.toCharge;
            signVoucher(voucher, signerKey(client), NODE);
            draft.vouchers[client] = voucher;
        }
        sum(draft);
    }

    /// @dev All receipts are built from data of DATA_NODE, and declare `value`.
    function withData(Draft memory draft, uint128 value) internal view {
        draft.posting.dataNode = DATA_NODE;
        for (uint256 i = 0; i < draft.receipts.length; ++i) {
            Receipt memory receipt = draft.receipts[i];
            (receipt.request.dataNode, receipt.request.dataCommitment) = (DATA_NODE, DATA);
            receipt.request.declaredValue = value;
            signAndProve(receipt, numberOf(receipt.request.client));
        }
        sum(draft);
    }

    function numberOf(address client) internal pure returns (uint256 number) {
        while (clientOf(number) != client) ++number;
    }

    /// @dev The next `count` requests of a client; what they cost is still to be added.
    function voucherFor(uint256 client, uint40 count) internal view returns (Voucher memory voucher) {
        voucher.client = clientOf(client);
        Channel memory channel = settler.channelOf(voucher.client, NODE, channelSigner(client));
        voucher.fromCount = channel.count;
        voucher.toCount = channel.count + count;
        voucher.fromCharge = channel.charged;
        voucher.toCharge = channel.charged;
    }

    function signVoucher(Voucher memory voucher, uint256 key, address node) internal view {
        bytes32 digest = typed(
            keccak256(abi.encode(VOUCHER_TYPEHASH, voucher.client, node, voucher.toCount, voucher.maxCharge))
        );
        (voucher.r, voucher.vs) = compact(key, digest);
    }

    /// @dev Makes the totals right.
    function sum(Draft memory draft) internal pure {
        Totals memory totals;
        for (uint256 i = 0; i < draft.receipts.length; ++i) {
            Receipt memory receipt = draft.receipts[i];
            uint80 fee = feeOf(receipt);
            uint80 value = uint80(receipt.request.declaredValue);
            totals.charge += fee;
            if (receipt.kind == Evidence.VANILLA) {
                totals.claimBond += uint80(MODEL_BOND) + value;
            } else {
                totals.provenCharge += fee;
                totals.provenValue += value;
            }
            receipt.totals = Totals(totals.charge, totals.provenCharge, totals.provenValue, totals.claimBond);
        }
        draft.posting.provenCharge = totals.provenCharge;
        draft.posting.provenValue = totals.provenValue;
        draft.posting.claimBond = totals.claimBond;
    }

    /// @dev The tree over the receipts as they are, posted by NODE.
    function post(Draft memory draft) internal {
        draft.posting.root = rootOf(draft.receipts);
        uint256 blockNumber = vm.getBlockNumber();
        draft.header = headerOf(draft, blockNumber);
        vm.prank(NODE);
        draft.batchId = settler.post(draft.posting, draft.vouchers);
        vm.assertEq(draft.batchId, keccak256(abi.encode(draft.header)), "the id is the header's hash");
    }

    /// @dev As a reader computes it from calldata and events; every voucher that is refused has a zero in `refused`.
    function headerOf(Draft memory draft, uint256 blockNumber) internal view returns (Header memory header) {
        Part[] memory parts = new Part[](draft.vouchers.length);
        uint88 before;
        for (uint256 i = 0; i < parts.length; ++i) {
            Voucher memory voucher = draft.vouchers[i];
            address signer = holds(voucher) ? signerOfVoucher(voucher) : address(0);
            parts[i] = Part(
                voucher.client,
                signer,
                voucher.fromCount,
                voucher.toCount,
                voucher.fromCharge,
                voucher.toCharge,
                header.count,
                uint80(before)
            );
            before += voucher.toCharge - voucher.fromCharge;
            uint80 charge = uint80(voucher.toCharge - voucher.fromCharge);
            header.count += voucher.toCount - voucher.fromCount;
            if (signer == address(0)) header.refusedCharge += charge;
            else header.charge += charge;
        }
        draft.parts = parts;
        fillHeader(header, draft.posting, partsRootOf(parts), blockNumber);
    }

    function fillHeader(
        Header memory header,
        Posting memory posting,
        bytes32 partsRoot,
        uint256 blockNumber
    ) private view {
        header.node = NODE;
        header.modelId = posting.modelId;
        header.dataNode = posting.dataNode;
        header.root = posting.root;
        header.partsRoot = partsRoot;
        header.provenCharge = posting.provenCharge;
        header.provenValue = posting.provenValue;
        header.claimBond = posting.claimBond;
        header.postedAt = time();
        header.drawBlock = uint40(blockNumber) + DRAW_DELAY;
    }

    function signerOfVoucher(Voucher memory voucher) internal view returns (address) {
        bytes32 digest = typed(
            keccak256(abi.encode(VOUCHER_TYPEHASH, voucher.client, NODE, voucher.toCount, voucher.maxCharge))
        );
        uint8 v = uint8(uint256(voucher.vs) >> 255) + 27;
        return ecrecover(digest, v, voucher.r, bytes32((uint256(voucher.vs) << 1) >> 1));
    }

    /// @dev The rules again, apart from the contract's.
    function holds(Voucher memory voucher) internal view returns (bool) {
        Channel memory channel = settler.channelOf(voucher.client, NODE, signerOfVoucher(voucher));
        return
            time() < channel.until + LONGEST_ORDER &&
            voucher.fromCount == channel.count &&
            voucher.fromCharge == channel.charged &&
            voucher.toCharge <= voucher.maxCharge &&
            voucher.toCharge <= channel.deposited;
    }

    function openingOf(Draft memory draft, uint40 position) internal pure returns (Opening memory) {
        return Opening(position, draft.receipts[position], pathOf(draft.receipts, position));
    }

    /// @dev Of the part that owns the position.
    function placeOf(Draft memory draft, uint40 position) internal pure returns (Place memory) {
        uint256 i = draft.parts.length - 1;
        while (draft.parts[i].start > position) --i;
        return Place(draft.parts[i], partProofOf(draft.parts, i));
    }

    /* COMMITTEE */

    /// @dev The signatures of the first `count` of the committee that have a key here.
    function signaturesOf(Draft memory draft, uint256 count) internal returns (Countersignature[] memory list) {
        mineToDraw(draft);
        address[] memory committee = judge.committeeOf(draft.header);
        bytes32 digest = typed(keccak256(abi.encode(COUNTERSIGNATURE_TYPEHASH, draft.batchId)));
        list = new Countersignature[](count);
        for (uint8 seat = 0; seat < count; ++seat) {
            (bytes32 r, bytes32 vs) = compact(keyOfVerifier(committee[seat]), digest);
            list[seat] = Countersignature(seat, r, vs);
        }
    }

    function signersOf(Draft memory draft, uint256 count) internal view returns (address[] memory signers) {
        address[] memory committee = judge.committeeOf(draft.header);
        signers = new address[](count);
        for (uint256 i = 0; i < count; ++i) signers[i] = committee[i];
    }

    function mineToDraw(Draft memory draft) internal {
        if (vm.getBlockNumber() <= draft.header.drawBlock) vm.roll(draft.header.drawBlock + 1);
        vm.setBlockhash(draft.header.drawBlock, keccak256(abi.encode("block", draft.header.drawBlock)));
    }

    function countersign(Draft memory draft) internal {
        settler.countersign(draft.header, signaturesOf(draft, COMMITTEE));
    }

    function finalize(Draft memory draft) internal {
        vm.warp(uint256(draft.header.postedAt) + CHALLENGE_WINDOW);
        settler.finalize(draft.header);
    }

    function nobody() internal pure returns (address[] memory) {
        return new address[](0);
    }

    /* FAULTS */

    function one(Opening memory opening) internal pure returns (Opening[] memory list) {
        list = new Opening[](1);
        list[0] = opening;
    }

    function two(Opening memory leaf, Opening memory before) internal pure returns (Opening[] memory list) {
        list = new Opening[](2);
        (list[0], list[1]) = (leaf, before);
    }

    function commitTo(Draft memory draft, uint40 position, Fault fault) internal {
        bytes32 hash = settler.challengeCommitment(CHALLENGER, draft.batchId, position, fault, SALT);
        vm.prank(CHALLENGER);
        settler.commitChallenge(hash);
        mine(1);
    }

    /// @dev CHALLENGER commits to the fault and shows it.
    function challenge(Draft memory draft, address[] memory signers, Opening[] memory leaves, Fault fault) internal {
        commitTo(draft, leaves[0].position, fault);
        vm.prank(CHALLENGER);
        settler.challenge(draft.header, placeOf(draft, leaves[0].position), signers, leaves, fault, SALT);
    }

    /// @dev CHALLENGER shows it without a commitment of its own.
    function expectRefusal(
        Draft memory draft,
        address[] memory signers,
        Opening[] memory leaves,
        Fault fault,
        bytes memory reason
    ) internal {
        expect(reason);
        vm.prank(CHALLENGER);
        settler.challenge(draft.header, placeOf(draft, leaves[0].position), signers, leaves, fault, SALT);
    }

    /// @dev A posted batch whose receipt BAD has evidence of another result.
    function faulty() internal returns (Draft memory draft) {
        draft = draftOf(2, 2, Evidence.TEE);
        draft.receipts[BAD].outputCommitment = WRONG;
        post(draft);
    }

    function relianceOn(Receipt memory receipt) internal pure returns (Reliance memory) {
        return
            Reliance({
                modelId: receipt.request.modelId,
                inputCommitment: receipt.request.inputCommitment,
                evidence: NO_EVIDENCE.plus(receipt.kind),
                declaredValue: uint128(receipt.request.declaredValue)
            });
    }

    /// @dev What a client has outside of open batches: at the market, in its channel for NODE, and awarded.
    function wealthOf(uint256 client) internal view returns (uint256) {
        Channel memory channel = settler.channelOf(clientOf(client), NODE, channelSigner(client));
        return
            market.balanceOf(clientOf(client)) +
            registry.awardOf(clientOf(client)) +
            channel.deposited -
            channel.charged;
    }

    /// @dev What a client with one channel and nothing at the market got back of what batches charged.
    function assertReturned(uint256 client, uint256 expected, string memory label) internal view {
        uint256 spent = settler.channelOf(clientOf(client), NODE, channelSigner(client)).charged;
        vm.assertEq(wealthOf(client) + spent - FUNDING, expected, label);
    }

    function assertBalance(address account, uint256 expected, string memory label) internal view {
        vm.assertEq(market.balanceOf(account), expected, label);
    }
}
