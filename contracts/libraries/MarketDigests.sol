// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

import {IInferenceMarket} from "../interfaces/IInferenceMarket.sol";
import {Request, structHashOf} from "../types/Request.sol";
import {RequestId} from "../types/RequestId.sol";
import {RESULT_TYPEHASH} from "../types/Result.sol";

/// @title The market's ids and digests, made elsewhere
/// @notice To ask the market costs more than to hash.
abstract contract MarketDigests {
    IInferenceMarket internal immutable MARKET;
    uint256 internal immutable CHAIN;
    bytes32 private immutable MARKET_DOMAIN;

    constructor(IInferenceMarket market) {
        MARKET = market;
        MARKET_DOMAIN = market.domainSeparator();
        CHAIN = block.chainid;
    }

    /// @dev The market's id of the request.
    function _idOf(Request calldata request) internal view returns (RequestId) {
        return _idFrom(_marketDomain(), structHashOf(request));
    }

    function _idFrom(bytes32 marketDomain, bytes32 structHash) internal pure returns (RequestId) {
        return RequestId.wrap(MessageHashUtils.toTypedDataHash(marketDomain, structHash));
    }

    /// @dev What evidence for the result covers.
    function _resultDigest(
        bytes32 marketDomain,
        RequestId id,
        bytes32 outputCommitment,
        uint40 units,
        address node
    ) internal pure returns (bytes32) {
        bytes32 structHash = keccak256(abi.encode(RESULT_TYPEHASH, id, outputCommitment, units, node));
        return MessageHashUtils.toTypedDataHash(marketDomain, structHash);
    }

    /// @dev After a fork of the chain the market's is another.
    function _marketDomain() internal view returns (bytes32) {
        return block.chainid == CHAIN ? MARKET_DOMAIN : MARKET.domainSeparator();
    }
}
