// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Blockhash} from "@openzeppelin/contracts/utils/Blockhash.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IBatchJudge} from "../interfaces/IBatchJudge.sol";
import {IBatchSettler} from "../interfaces/IBatchSettler.sol";
import {IEnclaveRegistry} from "../interfaces/IEnclaveRegistry.sol";
import {IEvidenceVerifier} from "../interfaces/IEvidenceVerifier.sol";
import {IInferenceMarket} from "../interfaces/IInferenceMarket.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {INodeRegistry} from "../interfaces/INodeRegistry.sol";
import {Receipts} from "./Receipts.sol";
import {BATCH_REQUEST_TYPEHASH, Countersignature, COUNTERSIGNATURE_TYPEHASH, Header, Part} from "../types/Batch.sol";
import {Evidence, EvidenceSet, NO_EVIDENCE} from "../types/Evidence.sol";
import {Terms} from "../types/Model.sol";
import {Entry, Fault, Loss, Opening, Receipt, Totals} from "../types/Receipt.sol";
import {Request} from "../types/Request.sol";
import {RequestId} from "../types/RequestId.sol";
import {Result, Statement} from "../types/Result.sol";
import {Reliance} from "../types/State.sol";

/// @title BatchJudge
/// @notice See `IBatchJudge`. The settler makes it, because both together are above the limit of a contract's size.
contract BatchJudge is IBatchJudge {
    /// @dev What a verifier gets: a proof with a hundred outputs takes a fifth. It must be there, because a verifier that runs out of
    /// gas says no.
    uint256 private constant EVIDENCE_GAS = 5_000_000;

    uint256 private constant COMMITTEE = 5;
    uint256 private constant QUORUM = 4;

    /// @dev A part and where it begins.
    struct Place {
        Part part;
        uint256 start; // position
        uint256 charge; // token units of the parts before
    }

    IBatchSettler private immutable SETTLER;
    IInferenceMarket private immutable MARKET;
    INodeRegistry private immutable NODES;
    IModelRegistry private immutable MODELS;
    address private immutable ZKML_VERIFIER;
    address private immutable TEE_VERIFIER;
    uint40 private immutable LONGEST_CHALLENGE;

    constructor(IInferenceMarket market, uint40 longestChallenge) {
        SETTLER = IBatchSettler(msg.sender);
        MARKET = market;
        NODES = INodeRegistry(market.nodeRegistry());
        MODELS = IModelRegistry(market.modelRegistry());
        ZKML_VERIFIER = market.verifierOf(Evidence.ZKML);
        TEE_VERIFIER = market.verifierOf(Evidence.TEE);
        LONGEST_CHALLENGE = longestChallenge;
    }

    /* COMMITTEE */

    /// @inheritdoc IBatchJudge
    function committeeOf(Header calldata header) external view returns (address[] memory) {
        return _committeeOf(header, keccak256(abi.encode(header)));
    }

    function _committeeOf(Header calldata header, bytes32 batchId) private view returns (address[] memory) {
        if (block.number <= header.drawBlock) revert CommitteePending(header.drawBlock);
        bytes32 seed = Blockhash.blockHash(header.drawBlock);
        if (seed == 0) revert CommitteeUnreachable(header.drawBlock);

        address[] memory excluded = new address[](1);
        excluded[0] = NODES.operatorOf(header.node);
        return NODES.drawVerifiers(keccak256(abi.encode(seed, batchId)), COMMITTEE, header.postedAt, excluded);
    }

    /// @inheritdoc IBatchJudge
    function signersOf(
        Header calldata header,
        Countersignature[] calldata signatures
    ) external view returns (address[] memory signers, uint256[] memory stakes) {
        if (signatures.length < QUORUM) revert QuorumMissing(signatures.length, QUORUM);
        bytes32 batchId = keccak256(abi.encode(header));
        address[] memory committee = _committeeOf(header, batchId);
        bytes32 digest = _digestOf(keccak256(abi.encode(COUNTERSIGNATURE_TYPEHASH, batchId)));

        signers = new address[](signatures.length);
        stakes = new uint256[](signatures.length);
        for (uint256 i = 0; i < signatures.length; ++i) {
            uint8 seat = signatures[i].seat;
            // By rising seats, so that nobody counts twice.
            if (seat >= committee.length || (i != 0 && seat <= signatures[i - 1].seat)) revert SeatInvalid(seat);
            (address signer, , ) = ECDSA.tryRecover(digest, signatures[i].r, signatures[i].vs);
            if (signer != committee[seat]) revert CountersignatureInvalid(signer, committee[seat]);
            signers[i] = signer;
            // Stake that leaves before the end covers nothing.
            stakes[i] = NODES.slashableOf(signer, header.postedAt + LONGEST_CHALLENGE);
        }
    }

    /// @dev Of the settler's domain.
    function _digestOf(bytes32 structHash) private view returns (bytes32) {
        return MessageHashUtils.toTypedDataHash(SETTLER.domainSeparator(), structHash);
    }

    /* RECEIPTS */

    /// @inheritdoc IBatchJudge
    function requireIncluded(Header calldata header, Opening calldata opening) public pure {
        if (!Receipts.contains(header, opening)) revert ReceiptNotIncluded(opening.position);
    }

    /// @inheritdoc IBatchJudge
    function claimOf(
        Header calldata header,
        Part[] calldata parts,
        Opening calldata opening
    ) external view returns (Entry memory) {
        if (opening.receipt.kind != Evidence.VANILLA) revert ReceiptProven(opening.position);
        Place memory place = _acceptedPlaceOf(header, parts, opening);
        Terms memory terms = MODELS.termsOf(header.modelId);
        // Else a node could take its faults out of the batch, to where nobody looks for them.
        for (uint8 i = 0; i <= uint8(type(Fault).max); ++i) {
            Fault fault = Fault(i);
            if (fault == Fault.WRONG_SUM) continue;
            if (_hasFault(header, place, opening, terms, fault)) revert ReceiptFaulty(opening.position, fault);
        }

        return Receipts.entryOf(opening.receipt, terms);
    }

    /// @inheritdoc IBatchJudge
    function entryOf(
        Header calldata header,
        Part[] calldata parts,
        Opening calldata opening,
        Reliance calldata reliance
    ) external view returns (Entry memory) {
        _acceptedPlaceOf(header, parts, opening);
        Request calldata request = opening.receipt.request;
        EvidenceSet present = NO_EVIDENCE.plus(Evidence.VANILLA).plus(opening.receipt.kind);
        if (
            request.modelId != reliance.modelId ||
            request.inputCommitment != reliance.inputCommitment ||
            !present.includes(reliance.evidence) ||
            request.declaredValue < reliance.declaredValue
        ) revert ReceiptRelianceMismatch(opening.position, reliance);

        return Receipts.entryOf(opening.receipt, MODELS.termsOf(header.modelId));
    }

    function _acceptedPlaceOf(
        Header calldata header,
        Part[] calldata parts,
        Opening calldata opening
    ) private pure returns (Place memory place) {
        requireIncluded(header, opening);
        place = _placeOf(header, parts, opening.position);
        if (place.part.signer == address(0)) revert PartRefused(opening.position);
    }

    /// @dev Reads all parts, because their hash is a chain.
    function _placeOf(
        Header calldata header,
        Part[] calldata parts,
        uint256 position
    ) private pure returns (Place memory place) {
        bytes32 hash;
        uint256 start;
        uint256 charge;
        for (uint256 i = 0; i < parts.length; ++i) {
            Part memory part = parts[i];
            hash = Receipts.chained(hash, part);
            uint256 end = start + part.toCount - part.fromCount;
            if (start <= position && position < end) place = Place(part, start, charge);
            start = end;
            charge += part.toCharge - part.fromCharge;
        }
        if (hash != header.clientsHash) revert PartsMismatch(hash, header.clientsHash);
    }

    /* FAULTS */

    /// @inheritdoc IBatchJudge
    function lossByFault(
        Header calldata header,
        Part[] calldata parts,
        address[] calldata,
        Opening[] calldata leaves,
        Fault fault,
        bytes32
    ) external view returns (Loss memory) {
        if (leaves.length == 0) revert OpeningsMismatch(0, 1);
        Opening calldata leaf = leaves[0];
        Place memory place = _placeOf(header, parts, leaf.position);
        bool refused = place.part.signer == address(0);
        Terms memory terms = MODELS.termsOf(header.modelId);
        requireIncluded(header, leaf);
        Entry memory entry = Receipts.entryOf(leaf.receipt, terms);

        bool faulty;
        uint256 excess;
        if (fault == Fault.WRONG_SUM) (faulty, excess) = _sumsWrongly(header, place, leaves, entry);
        else if (refused) revert PartRefused(leaf.position);
        else faulty = _hasFault(header, place, leaf, terms, fault);
        if (!faulty) revert FaultUnproven(fault, leaf.position);

        uint256 charge = refused ? 0 : _atMostPart(place, entry.charge);
        return
            Loss({
                client: place.part.client,
                charge: charge,
                excess: refused ? 0 : _atMostPart(place, charge + excess) - charge,
                value: entry.proven ? entry.value : 0
            });
    }

    function _hasFault(
        Header calldata header,
        Place memory place,
        Opening calldata leaf,
        Terms memory terms,
        Fault fault
    ) private view returns (bool) {
        if (fault == Fault.MISPLACED) return _isMisplaced(header, place, leaf);
        if (fault == Fault.UNSIGNED) return !_isSigned(leaf.receipt, place.part.signer);
        if (fault == Fault.MISMETERED) {
            return terms.unitsPerInference != 0 && leaf.receipt.units != terms.unitsPerInference;
        }
        if (fault == Fault.EVIDENCE) return !_isProved(header, leaf.receipt);
        return !_meetsRequirements(header, leaf.receipt, terms);
    }

    function _isMisplaced(
        Header calldata header,
        Place memory place,
        Opening calldata leaf
    ) private pure returns (bool) {
        Request calldata request = leaf.receipt.request;
        return
            request.client != place.part.client ||
            leaf.receipt.index != place.part.fromCount + leaf.position - place.start ||
            request.node != header.node ||
            request.modelId != header.modelId ||
            request.dataNode != header.dataNode ||
            (request.dataNode == address(0)) != (request.dataCommitment == 0);
    }

    function _isSigned(Receipt calldata receipt, address signer) private view returns (bool) {
        bytes32 structHash = keccak256(
            abi.encode(BATCH_REQUEST_TYPEHASH, MARKET.requestId(receipt.request), receipt.index)
        );
        (address recovered, , ) = ECDSA.tryRecover(_digestOf(structHash), receipt.r, receipt.vs);
        return recovered == signer;
    }

    function _isProved(Header calldata header, Receipt calldata receipt) private view returns (bool) {
        if (receipt.kind == Evidence.VANILLA) return receipt.evidence.length == 0;

        RequestId id = MARKET.requestId(receipt.request);
        Result memory result = Result(receipt.outputCommitment, receipt.units, header.node);
        Statement memory statement = Statement(
            id,
            MARKET.resultDigest(id, result),
            header.modelId,
            receipt.request.inputCommitment,
            result
        );
        if (receipt.kind == Evidence.ZKML) {
            return _says(ZKML_VERIFIER, abi.encodeCall(IEvidenceVerifier.verify, (statement, receipt.evidence)));
        }
        bytes memory question = abi.encodeCall(
            IEnclaveRegistry.verifyAt,
            (statement, receipt.evidence, header.postedAt)
        );
        return _says(TEE_VERIFIER, question);
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
        Place memory place,
        Opening[] calldata leaves,
        Entry memory entry
    ) private pure returns (bool wrong, uint256 excess) {
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
            if (!_continues(before, entry, totals)) return (true, excess);
        }
        // Check: the last one of a part ends where its voucher does, and that of the batch where the header does.
        if (leaf.position + 1 == place.start + place.part.toCount - place.part.fromCount) {
            uint256 end = place.charge + place.part.toCharge - place.part.fromCharge;
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

    function _continues(Totals memory before, Entry memory entry, Totals calldata totals) private pure returns (bool) {
        return
            totals.charge == before.charge + entry.charge &&
            totals.provenCharge == before.provenCharge + (entry.proven ? entry.charge : 0) &&
            totals.provenValue == before.provenValue + (entry.proven ? entry.value : 0) &&
            totals.claimBond == before.claimBond + entry.bond;
    }

    /// @inheritdoc IBatchJudge
    function lossBySilence(
        Header calldata header,
        Part[] calldata parts,
        address[] calldata,
        uint40 first,
        uint40 last,
        Opening[] calldata neighbours
    ) external view returns (Loss memory) {
        Place memory place = _placeOf(header, parts, first);
        uint256 end = place.start + place.part.toCount - place.part.fromCount;
        if (last < first || last >= end) revert RunInvalid(first, last);
        bool hasNext = last + 1 < end;
        uint256 expected = (first > place.start ? 1 : 0) + (hasNext ? 1 : 0);
        if (neighbours.length != expected) revert OpeningsMismatch(neighbours.length, expected);

        uint256 from = place.charge;
        uint256 to = place.charge + place.part.toCharge - place.part.fromCharge;
        if (first > place.start) {
            _requireAt(header, neighbours[0], first - 1);
            from = neighbours[0].receipt.totals.charge;
        }
        if (hasNext) {
            Opening calldata next = neighbours[expected - 1];
            _requireAt(header, next, last + 1);
            Entry memory entry = Receipts.entryOf(next.receipt, MODELS.termsOf(header.modelId));
            to = Math.saturatingSub(next.receipt.totals.charge, entry.charge);
        }

        bool refused = place.part.signer == address(0);
        uint256 charge = refused ? 0 : _atMostPart(place, Math.saturatingSub(to, from));
        return Loss({client: place.part.client, charge: charge, excess: 0, value: 0});
    }

    function _requireAt(Header calldata header, Opening calldata opening, uint256 position) private pure {
        if (opening.position != position) revert ReceiptNotIncluded(opening.position);
        requireIncluded(header, opening);
    }

    /// @dev No receipt cost its client more than all that the voucher brought.
    function _atMostPart(Place memory place, uint256 charge) private pure returns (uint256) {
        return Math.min(charge, place.part.toCharge - place.part.fromCharge);
    }
}
