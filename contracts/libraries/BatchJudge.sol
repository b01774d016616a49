// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Blockhash} from "@openzeppelin/contracts/utils/Blockhash.sol";
import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ECDSA} from "solady/src/utils/ECDSA.sol";

import {IBatchJudge} from "../interfaces/IBatchJudge.sol";
import {IBatchSettler} from "../interfaces/IBatchSettler.sol";
import {IEnclaveRegistry} from "../interfaces/IEnclaveRegistry.sol";
import {IEvidenceVerifier} from "../interfaces/IEvidenceVerifier.sol";
import {IInferenceMarket} from "../interfaces/IInferenceMarket.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {INodeRegistry} from "../interfaces/INodeRegistry.sol";
import {MarketDigests} from "./MarketDigests.sol";
import {Receipts} from "./Receipts.sol";
import {
    BATCH_REQUEST_TYPEHASH,
    Countersignature,
    COUNTERSIGNATURE_TYPEHASH,
    Header,
    Part,
    Place
} from "../types/Batch.sol";
import {Evidence, EvidenceSet, NO_EVIDENCE} from "../types/Evidence.sol";
import {Terms} from "../types/Model.sol";
import {Entry, Fault, Loss, Opening, Receipt, Totals} from "../types/Receipt.sol";
import {Request, structHashOf} from "../types/Request.sol";
import {RequestId} from "../types/RequestId.sol";
import {Result, Statement} from "../types/Result.sol";
import {Reliance} from "../types/State.sol";

/// @title BatchJudge
/// @notice See `IBatchJudge`. The settler makes it, because both together are above the limit of a contract's size.
contract BatchJudge is IBatchJudge, MarketDigests {
    /// @dev What a verifier gets: a proof with a hundred outputs takes a fifth. It must be there, because a verifier that runs out of
    /// gas says no.
    uint256 private constant EVIDENCE_GAS = 5_000_000;

    uint256 private constant COMMITTEE = 5;
    uint256 private constant QUORUM = 4;
    /// @dev Seconds: nobody can keep a batch from being posted so shortly after its evidence was revoked.
    uint40 private constant REVOCATION_GRACE = 600;

    IBatchSettler private immutable SETTLER;
    bytes32 private immutable DOMAIN;
    INodeRegistry private immutable NODES;
    IModelRegistry private immutable MODELS;
    address private immutable ZKML_VERIFIER;
    address private immutable TEE_VERIFIER;
    uint40 private immutable LONGEST_CHALLENGE;

    constructor(IInferenceMarket market, uint40 longestChallenge, bytes32 domain) MarketDigests(market) {
        SETTLER = IBatchSettler(msg.sender);
        DOMAIN = domain;
        NODES = INodeRegistry(market.nodeRegistry());
        MODELS = IModelRegistry(market.modelRegistry());
        ZKML_VERIFIER = market.verifierOf(Evidence.ZKML);
        TEE_VERIFIER = market.verifierOf(Evidence.TEE);
        LONGEST_CHALLENGE = longestChallenge;
    }

    /* COMMITTEE */

    /// @inheritdoc IBatchJudge
    function committeeOf(Header calldata header) external view returns (address[] memory committee) {
        (committee, ) = _draw(header, header.hashOf());
    }

    /// @return committee By seat.
    /// @return stakes What each of them can lose as long as the batch can be challenged.
    function _draw(
        Header calldata header,
        bytes32 batchId
    ) private view returns (address[] memory committee, uint256[] memory stakes) {
        uint40 drawBlock = header.drawBlock;
        if (block.number <= drawBlock) revert CommitteePending(drawBlock);
        bytes32 seed = Blockhash.blockHash(drawBlock);
        if (seed == 0) revert CommitteeUnreachable(drawBlock);

        uint40 postedAt = header.postedAt;
        seed = Hashes.efficientKeccak256(seed, batchId);
        return NODES.drawStakes(seed, COMMITTEE, postedAt, header.node, postedAt + LONGEST_CHALLENGE);
    }

    /// @inheritdoc IBatchJudge
    function signersOf(
        Header calldata header,
        Countersignature[] calldata signatures
    ) external view returns (address[] memory signers, uint256[] memory stakes) {
        uint256 count = signatures.length;
        if (count < QUORUM) revert QuorumMissing(count, QUORUM);
        bytes32 batchId = header.hashOf();
        (signers, stakes) = _draw(header, batchId);
        bytes32 digest = _digestOf(Hashes.efficientKeccak256(COUNTERSIGNATURE_TYPEHASH, batchId));

        uint256 next;
        unchecked {
            // Seats are less than five.
            for (uint256 i = 0; i < count; ++i) {
                Countersignature calldata signature = signatures[i];
                uint256 seat = signature.seat;
                // By rising seats, so that nobody counts twice.
                if (seat >= signers.length || seat < next) revert SeatInvalid(uint8(seat));
                next = seat + 1;
                address signer = ECDSA.tryRecover(digest, signature.r, signature.vs);
                if (signer != signers[seat]) revert CountersignatureInvalid(signer, signers[seat]);
                // In their place, because a seat is never before its signature.
                signers[i] = signer;
                stakes[i] = stakes[seat];
            }
        }
        assembly ("memory-safe") {
            // As many as signed, which is no more than were drawn.
            mstore(signers, count)
            mstore(stakes, count)
        }
    }

    /// @dev Of the settler's domain, which is another after a fork of the chain.
    function _digestOf(bytes32 structHash) private view returns (bytes32) {
        bytes32 domain = block.chainid == CHAIN ? DOMAIN : SETTLER.domainSeparator();
        return MessageHashUtils.toTypedDataHash(domain, structHash);
    }

    /* RECEIPTS */

    /// @inheritdoc IBatchJudge
    function requireIncluded(Header calldata header, Opening calldata opening) public pure {
        if (!Receipts.contains(header, opening)) revert ReceiptNotIncluded(opening.position);
    }

    /// @inheritdoc IBatchJudge
    function claimOf(
        Header calldata header,
        Place calldata place,
        Opening calldata opening
    ) external view returns (uint256 charge, uint256 bond) {
        if (opening.receipt.kind != Evidence.VANILLA) revert ReceiptProven(opening.position);
        _requireAccepted(header, place, opening);
        // Else a node could take its faults out of the batch, to where nobody looks for them.
        for (uint8 i = 0; i <= uint8(type(Fault).max); ++i) {
            Fault fault = Fault(i);
            if (fault == Fault.WRONG_SUM) continue;
            (bool faulty, ) = _hasFault(header, place.part, opening, fault);
            if (faulty) revert ReceiptFaulty(opening.position, fault);
        }

        Entry memory entry = Receipts.entryOf(opening.receipt);
        return (entry.charge, _bondOf(header, entry));
    }

    /// @inheritdoc IBatchJudge
    function entryOf(
        Header calldata header,
        Place calldata place,
        Opening calldata opening,
        Reliance calldata reliance
    ) external pure returns (Entry memory) {
        _requireAccepted(header, place, opening);
        Request calldata request = opening.receipt.request;
        EvidenceSet present = NO_EVIDENCE.plus(Evidence.VANILLA).plus(opening.receipt.kind);
        if (
            request.modelId != reliance.modelId ||
            request.inputCommitment != reliance.inputCommitment ||
            !present.includes(reliance.evidence) ||
            request.declaredValue < reliance.declaredValue
        ) revert ReceiptRelianceMismatch(opening.position, reliance);

        return Receipts.entryOf(opening.receipt);
    }

    function _requireAccepted(Header calldata header, Place calldata place, Opening calldata opening) private pure {
        requireIncluded(header, opening);
        _requirePlace(header, place, opening.position);
        if (place.part.signer == address(0)) revert PartRefused(opening.position);
    }

    /// @dev The part must be the batch's, and own the position.
    function _requirePlace(Header calldata header, Place calldata place, uint40 position) private pure {
        if (position < place.part.start || position >= _endOf(place.part)) revert PartMismatch(position);
        if (!Receipts.contains(header, place)) revert PartMismatch(position);
    }

    function _endOf(Part calldata part) private pure returns (uint256) {
        return uint256(part.start) + part.toCount - part.fromCount;
    }

    /// @dev All that the part's voucher claimed.
    function _chargeOf(Part calldata part) private pure returns (uint256) {
        return part.toCharge - part.fromCharge;
    }

    /// @dev What backs a claim; nothing backs what is proven.
    function _bondOf(Header calldata header, Entry memory entry) private view returns (uint256) {
        return entry.proven ? 0 : MODELS.termsOf(header.modelId).bond + entry.value;
    }

    /* FAULTS */

    /// @inheritdoc IBatchJudge
    function lossByFault(
        Header calldata header,
        Place calldata place,
        address[] calldata,
        Opening[] calldata leaves,
        Fault fault,
        bytes32
    ) external view returns (Loss memory loss) {
        if (leaves.length == 0) revert OpeningsMismatch(0, 1);
        Opening calldata leaf = leaves[0];
        requireIncluded(header, leaf);
        _requirePlace(header, place, leaf.position);
        Part calldata part = place.part;
        Entry memory entry = Receipts.entryOf(leaf.receipt);

        bool faulty;
        uint256 excess;
        if (fault == Fault.WRONG_SUM) (faulty, excess) = _sumsWrongly(header, part, leaves, entry);
        else if (part.signer == address(0)) revert PartRefused(leaf.position);
        else (faulty, loss.excused) = _hasFault(header, part, leaf, fault);
        if (!faulty) revert FaultUnproven(fault, leaf.position);

        loss.client = part.client;
        if (entry.proven) loss.value = entry.value;
        if (part.signer == address(0)) return loss;
        // No receipt cost its client more than all that the voucher brought.
        loss.signer = part.signer;
        loss.charge = Math.min(entry.charge, _chargeOf(part));
        loss.excess = Math.min(excess, _chargeOf(part) - loss.charge);
    }

    function _hasFault(
        Header calldata header,
        Part calldata part,
        Opening calldata leaf,
        Fault fault
    ) private view returns (bool faulty, bool excused) {
        Receipt calldata receipt = leaf.receipt;
        if (fault == Fault.MISPLACED) return (_isMisplaced(header, part, leaf), false);
        if (fault == Fault.UNSIGNED) return (!_isSigned(receipt, part.signer), false);
        if (fault == Fault.EVIDENCE) return _lacksEvidence(header, receipt);
        Terms memory terms = MODELS.termsOf(header.modelId);
        if (fault == Fault.MISMETERED) {
            return (terms.unitsPerInference != 0 && receipt.units != terms.unitsPerInference, false);
        }
        return (!_meetsRequirements(header, receipt, terms), false);
    }

    function _isMisplaced(
        Header calldata header,
        Part calldata part,
        Opening calldata leaf
    ) private pure returns (bool) {
        Request calldata request = leaf.receipt.request;
        return
            request.client != part.client ||
            leaf.receipt.index != part.fromCount + leaf.position - part.start ||
            request.node != header.node ||
            request.modelId != header.modelId ||
            request.dataNode != header.dataNode ||
            (request.dataNode == address(0)) != (request.dataCommitment == 0);
    }

    function _isSigned(Receipt calldata receipt, address signer) private view returns (bool) {
        bytes32 structHash = keccak256(abi.encode(BATCH_REQUEST_TYPEHASH, _idOf(receipt.request), receipt.index));
        return ECDSA.tryRecover(_digestOf(structHash), receipt.r, receipt.vs) == signer;
    }

    /// @return lacks Whether it does not prove the result.
    /// @return excused Whether it did, until it was revoked too shortly before the post for the node to know.
    function _lacksEvidence(
        Header calldata header,
        Receipt calldata receipt
    ) private view returns (bool lacks, bool excused) {
        if (receipt.kind == Evidence.VANILLA) return (receipt.evidence.length != 0, false);

        bytes32 domain = _marketDomain();
        RequestId id = _idFrom(domain, structHashOf(receipt.request));
        Result memory result = Result(receipt.outputCommitment, receipt.units, header.node);
        bytes32 digest = _resultDigest(domain, id, result.outputCommitment, result.units, result.node);
        Statement memory statement = Statement(id, digest, header.modelId, receipt.request.inputCommitment, result);
        if (receipt.kind == Evidence.ZKML) {
            bytes memory question = abi.encodeCall(IEvidenceVerifier.verify, (statement, receipt.evidence));
            return (!_says(ZKML_VERIFIER, question), false);
        }
        uint40 postedAt = header.postedAt;
        // First without what was revoked lately: what does not count then does not count at all.
        if (!_counted(statement, receipt.evidence, postedAt, postedAt - REVOCATION_GRACE)) return (true, false);
        excused = !_counted(statement, receipt.evidence, postedAt, postedAt);
        return (excused, excused);
    }

    function _counted(
        Statement memory statement,
        bytes calldata evidence,
        uint40 time,
        uint40 known
    ) private view returns (bool) {
        return _says(TEE_VERIFIER, abi.encodeCall(IEnclaveRegistry.verifyAt, (statement, evidence, time, known)));
    }

    /// @dev A verifier that reverts says no, but not for want of gas: else a challenger could make it say so.
    function _says(address verifier, bytes memory question) private view returns (bool) {
        uint256 needed = EVIDENCE_GAS + EVIDENCE_GAS / 63 + 10_000;
        if (gasleft() < needed) revert IInferenceMarket.GasTooLow(gasleft(), needed);

        (bool ok, bytes memory answer) = verifier.staticcall{gas: EVIDENCE_GAS}(question);
        return ok && answer.length == 32 && abi.decode(answer, (uint256)) == 1;
    }

    /// @dev A signature that the model leaves open to challenges for a while is settled one by one. When the answer came is between
    /// node and client; `proveBy` is when all of it had to be here.
    function _meetsRequirements(
        Header calldata header,
        Receipt calldata receipt,
        Terms memory terms
    ) private pure returns (bool) {
        Request calldata request = receipt.request;
        EvidenceSet present = NO_EVIDENCE.plus(Evidence.VANILLA).plus(receipt.kind);
        return
            terms.paths.has(receipt.kind) &&
            present.includes(request.requiredEvidence) &&
            (receipt.kind != Evidence.TEE || terms.teeWindow == 0) &&
            request.declaredValue <= terms.valueCap &&
            header.postedAt < request.proveBy;
    }

    /* SUMS */

    /// @return wrong Whether the totals do not go on from the receipt before, or end elsewhere than part or batch.
    /// @return excess Token units that the client paid for it beyond its fee.
    function _sumsWrongly(
        Header calldata header,
        Part calldata part,
        Opening[] calldata leaves,
        Entry memory entry
    ) private view returns (bool wrong, uint256 excess) {
        Opening calldata leaf = leaves[0];
        Totals calldata totals = leaf.receipt.totals;
        Totals memory before;
        if (leaves.length == 2) {
            before = leaves[1].receipt.totals;
            if (leaves[1].position + 1 != leaf.position) revert ReceiptNotIncluded(leaves[1].position);
            requireIncluded(header, leaves[1]);
        } else if (leaves.length != 1) {
            revert OpeningsMismatch(leaves.length, 2);
        }

        // Check: it begins where the one before ends, the first one at zero.
        if (leaves.length == 2 || leaf.position == 0) {
            excess = Math.saturatingSub(totals.charge, before.charge + entry.charge);
            if (!_continues(before, entry, _bondOf(header, entry), totals)) return (true, excess);
        }
        // Check: the last one of a part ends where its voucher does, and that of the batch where the header does.
        if (leaf.position + 1 == _endOf(part)) {
            uint256 end = part.charge + _chargeOf(part);
            excess = Math.saturatingSub(end, totals.charge);
            wrong = totals.charge != end;
        }
        if (leaf.position + 1 == header.count) {
            wrong =
                wrong ||
                totals.provenCharge != header.provenCharge ||
                totals.provenValue != header.provenValue ||
                totals.claimBond != header.claimBond;
        }
    }

    function _continues(
        Totals memory before,
        Entry memory entry,
        uint256 bond,
        Totals calldata totals
    ) private pure returns (bool) {
        return
            totals.charge == before.charge + entry.charge &&
            totals.provenCharge == before.provenCharge + (entry.proven ? entry.charge : 0) &&
            totals.provenValue == before.provenValue + (entry.proven ? entry.value : 0) &&
            totals.claimBond == before.claimBond + bond;
    }

    /// @inheritdoc IBatchJudge
    function lossBySilence(
        Header calldata header,
        Place calldata place,
        address[] calldata,
        uint40 first,
        uint40 last,
        Opening[] calldata neighbours
    ) external pure returns (Loss memory loss) {
        _requirePlace(header, place, first);
        Part calldata part = place.part;
        uint256 end = _endOf(part);
        if (last < first || last >= end) revert RunInvalid(first, last);
        bool hasNext = last + 1 < end;
        uint256 expected = (first > part.start ? 1 : 0) + (hasNext ? 1 : 0);
        if (neighbours.length != expected) revert OpeningsMismatch(neighbours.length, expected);

        uint256 from = part.charge;
        uint256 to = part.charge + _chargeOf(part);
        if (first > part.start) {
            _requireAt(header, neighbours[0], first - 1);
            from = neighbours[0].receipt.totals.charge;
        }
        if (hasNext) {
            Opening calldata next = neighbours[expected - 1];
            _requireAt(header, next, last + 1);
            to = Math.saturatingSub(next.receipt.totals.charge, Receipts.entryOf(next.receipt).charge);
        }

        loss.client = part.client;
        if (part.signer == address(0)) return loss;
        loss.signer = part.signer;
        loss.charge = Math.min(Math.saturatingSub(to, from), _chargeOf(part));
    }

    function _requireAt(Header calldata header, Opening calldata opening, uint256 position) private pure {
        if (opening.position != position) revert ReceiptNotIncluded(opening.position);
        requireIncluded(header, opening);
    }
}
