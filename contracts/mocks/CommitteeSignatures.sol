// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "solady/src/utils/ECDSA.sol";

/// @title What a committee's signatures cost, one by one or as one
/// @notice For `npm run -s bench -- committee`. Members are known by one slot each: an address, or the hash of a BLS12-381 key, which
/// callers bring, because the key itself takes three slots. An aggregate is checked by the precompiles of EIP-2537: keys are points
/// of G1, signatures of G2, as `BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_NUL_` of RFC 9380 says.
/// @dev Warning: an aggregate is worth nothing unless each key was admitted with a proof of possession, which is not done here.
contract CommitteeSignatures {
    uint256 private constant KEY = 128;
    address private constant MODEXP = address(0x05);
    uint256 private constant G1_ADD = 0x0b;
    address private constant G2_ADD = address(0x0d);
    address private constant PAIRING = address(0x0f);
    address private constant MAP_TO_G2 = address(0x11);
    /// @dev The order of the base field.
    bytes private constant P =
        hex"1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab";
    /// @dev The negated generator of G1.
    bytes private constant MINUS_G1 =
        hex"0000000000000000000000000000000017f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb00000000000000000000000000000000114d1d6855d545a8aa7d76c8cf2e21f267816aef1db507c96655b9d5caac42364e6f38ba0ecb751bad54dcd6b939c2ca";
    bytes private constant DOMAIN = "BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_NUL_";

    mapping(uint256 member => address) private _signers;
    mapping(uint256 member => bytes32 hash) private _keys;

    error SignatureWrong(uint256 member);
    error KeyWrong(uint256 member);
    error AggregateWrong();
    error PrecompileFailed(address precompile);

    /// @param keys 128 bytes each, as EIP-2537 encodes points.
    function enrol(address[] calldata signers, bytes calldata keys) external {
        for (uint256 i = 0; i < signers.length; ++i) {
            _signers[i] = signers[i];
            _keys[i] = keccak256(keys[i * KEY:(i + 1) * KEY]);
        }
    }

    /// @param signatures Of the first members, as EIP-2098 has them.
    function verifyEach(bytes32 digest, bytes32[2][] calldata signatures) external {
        for (uint256 i = 0; i < signatures.length; ++i) {
            address signer = ECDSA.tryRecover(digest, signatures[i][0], signatures[i][1]);
            if (signer == address(0) || signer != _signers[i]) revert SignatureWrong(i);
        }
    }

    /// @param keys Of the first members.
    function verifyAggregate(bytes32 digest, bytes calldata keys, bytes calldata signature) external {
        bytes memory equal = _call(PAIRING, bytes.concat(MINUS_G1, signature, _sum(keys), _hashToG2(digest)));
        if (abi.decode(equal, (uint256)) != 1) revert AggregateWrong();
    }

    /// @dev In one buffer, the sum so far and the next key: what is measured is not how the compiler copies.
    function _sum(bytes calldata keys) private view returns (bytes memory sum) {
        sum = new bytes(2 * KEY);
        for (uint256 i = 0; i < keys.length / KEY; ++i) {
            bytes32 hash;
            bool ok = true;
            assembly ("memory-safe") {
                let buffer := add(sum, 32)
                let next := add(buffer, KEY)
                calldatacopy(next, add(keys.offset, mul(i, KEY)), KEY)
                hash := keccak256(next, KEY)
                switch i
                case 0 {
                    mcopy(buffer, next, KEY)
                }
                default {
                    ok := staticcall(gas(), G1_ADD, buffer, 256, buffer, KEY)
                }
            }
            if (!ok) revert PrecompileFailed(address(uint160(G1_ADD)));
            if (hash != _keys[i]) revert KeyWrong(i);
        }
        assembly ("memory-safe") {
            mstore(sum, KEY)
        }
    }

    function _hashToG2(bytes32 digest) private view returns (bytes memory) {
        bytes32[8] memory words = _expand(digest);
        bytes[4] memory elements;
        for (uint256 i = 0; i < 4; ++i) {
            elements[i] = bytes.concat(
                bytes16(0),
                _call(
                    MODEXP,
                    abi.encodePacked(uint256(64), uint256(1), uint256(48), words[2 * i], words[2 * i + 1], uint8(1), P)
                )
            );
        }
        bytes memory first = _call(MAP_TO_G2, bytes.concat(elements[0], elements[1]));
        bytes memory second = _call(MAP_TO_G2, bytes.concat(elements[2], elements[3]));
        return _call(G2_ADD, bytes.concat(first, second));
    }

    /// @dev `expand_message_xmd` of RFC 9380, to 256 bytes.
    function _expand(bytes32 digest) private pure returns (bytes32[8] memory words) {
        bytes memory suffix = abi.encodePacked(DOMAIN, uint8(DOMAIN.length));
        bytes32 first = sha256(abi.encodePacked(bytes32(0), bytes32(0), digest, uint16(256), uint8(0), suffix));
        words[0] = sha256(abi.encodePacked(first, uint8(1), suffix));
        for (uint8 i = 1; i < 8; ++i) words[i] = sha256(abi.encodePacked(first ^ words[i - 1], i + 1, suffix));
    }

    function _call(address precompile, bytes memory input) private view returns (bytes memory output) {
        bool ok;
        (ok, output) = precompile.staticcall(input);
        if (!ok || output.length == 0) revert PrecompileFailed(precompile);
    }
}
