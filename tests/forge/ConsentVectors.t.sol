// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";

/// @title The consents' vectors, hashed here from the types as the contracts write them
/// @dev Python makes and checks the same file (tests/vectors/make.py, tests/package/test_consent_vectors.py).
contract ConsentVectorsTest is Test {
    string private constant SAVINGS =
        "Savings(uint64 travel,uint64 lodging,uint64 insurance,uint64 overtime,uint64 reshoots,uint64 other)";
    string private constant BACKGROUND_TERMS =
        "BackgroundTerms(uint24 productionId,bytes32 sceneHash,uint16 rateCardVersion,string description,uint8 modalities,uint64 price,uint32 maxUses,uint40 notBefore,uint40 expires,uint8 representation)";
    string private constant COLLECTIVE_TERMS =
        "CollectiveTerms(uint24 productionId,uint16 rateCardVersion,string description,uint8 modalities,uint64 price,uint40 notBefore,uint40 expires)";
    bytes32 private constant DOMAIN =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");

    mapping(string kind => string) private _types;
    string private _json;
    address private _signer;

    function setUp() public {
        _json = vm.readFile("tests/vectors/consents.json");
        _signer = vm.parseJsonAddress(_json, ".signer");
        _types["ScanConsent"] =
            "ScanConsent(uint24 memberId,uint24 productionId,uint8 modalities,string description,bool noticeWaived,uint8 representation,uint256 nonce,uint256 deadline)";
        _types["Erasure"] = "Erasure(uint256 recordId)";
        _types["TrainingConsent"] =
            "TrainingConsent(uint24 productionId,uint24 memberId,uint8 modalities,uint40 expires,uint16 rateCardVersion,uint64 trainingFee,string description,uint256 nonce,uint256 deadline)";
        _types["LicenceExtension"] =
        "LicenceExtension(uint256 licenceId,uint40 expires,uint64 fee,uint256 nonce,uint256 deadline)";
        _types["LicenceRevocation"] = "LicenceRevocation(uint256 licenceId)";
        _types["SceneConsent"] =
            "SceneConsent(uint256 licenceId,bytes32 sceneHash,uint16 rateCardVersion,string description,uint8 assetClass,uint8 replicaType,uint32 maxIterations,uint32 maxSeconds,uint64 maxSpend,uint16 digitalDays,uint16 longestStreamWeeks,uint40 notBefore,uint40 expires,uint64 fee,uint64 iterationFee,uint8 representation,uint256 nonce,uint256 deadline)";
        _types["GrantRevocation"] = "GrantRevocation(uint256 grantId)";
        _types["FinalCount"] = "FinalCount(uint256 grantId,uint32 unusedIterations)";
        _types["Restatement"] =
            "Restatement(uint256 grantId,Savings savings,bytes32 evidenceHash,uint256 nonce,uint256 deadline)Savings(uint64 travel,uint64 lodging,uint64 insurance,uint64 overtime,uint64 reshoots,uint64 other)";
        _types["PayoutChange"] = "PayoutChange(uint24 memberId,address wallet,uint256 nonce,uint256 deadline)";
        _types["PayoutCancellation"] = "PayoutCancellation(uint24 memberId,address wallet,uint40 effectiveAt)";
        _types["Delegation"] =
        "Delegation(uint24 memberId,address delegate,bool allowed,uint256 nonce,uint256 deadline)";
        _types["AgentAppointment"] =
        "AgentAppointment(uint24 memberId,address agent,uint16 shareBps,uint256 nonce,uint256 deadline)";
        _types["RecoveryCancellation"] = "RecoveryCancellation(uint24 memberId,uint40 payoutFrom)";
        _types["ConsentCancellation"] = "ConsentCancellation(uint24 memberId,uint256 nonce)";
        _types["BackgroundConsent"] = string.concat(
            "BackgroundConsent(uint32 poolId,uint24 memberId,uint32 units,BackgroundTerms terms,uint256 nonce,uint256 deadline)",
            BACKGROUND_TERMS
        );
        _types["CollectiveTrainingConsent"] = string.concat(
            "CollectiveTrainingConsent(uint32 poolId,uint24 memberId,uint32 units,CollectiveTerms terms,uint256 nonce,uint256 deadline)",
            COLLECTIVE_TERMS
        );
        _types["PoolRevocation"] = "PoolRevocation(uint32 poolId,uint24 memberId)";
    }

    function test_digestsAndSignersAreTheVectors() public view {
        for (uint256 i = 0; i < 18; i++) {
            string memory at = string.concat(".vectors[", vm.toString(i), "]");
            bytes32 digest = _digest(at);
            string memory kind = vm.parseJsonString(_json, string.concat(at, ".kind"));
            assertEq(digest, vm.parseJsonBytes32(_json, string.concat(at, ".digest")), kind);
            assertEq(_recovered(digest, vm.parseJsonBytes(_json, string.concat(at, ".signature"))), _signer, kind);
        }
        assertFalse(vm.keyExistsJson(_json, ".vectors[18]"), "a vector is not checked");
    }

    function _digest(string memory at) private view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                DOMAIN,
                keccak256("Likeness Trust"),
                keccak256("1"),
                vm.parseJsonUint(_json, ".chainId"),
                vm.parseJsonAddress(_json, string.concat(at, ".verifyingContract"))
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, _structHash(at)));
    }

    function _structHash(string memory at) private view returns (bytes32) {
        string memory signature = _types[vm.parseJsonString(_json, string.concat(at, ".kind"))];
        return _hash(signature, string.concat(at, ".message"));
    }

    /// @dev Hashes the fields that the type's own text names, in its order.
    function _hash(string memory signature, string memory at) private view returns (bytes32) {
        string[] memory fields = vm.split(vm.split(vm.split(signature, "(")[1], ")")[0], ",");
        bytes memory encoded = abi.encode(keccak256(bytes(signature)));
        for (uint256 i = 0; i < fields.length; i++) {
            string[] memory words = vm.split(fields[i], " ");
            encoded = bytes.concat(encoded, _word(words[0], string.concat(at, ".", words[1])));
        }
        return keccak256(encoded);
    }

    function _word(string memory kind, string memory at) private view returns (bytes32) {
        bytes32 k = keccak256(bytes(kind));
        if (k == keccak256("string")) return keccak256(bytes(vm.parseJsonString(_json, at)));
        if (k == keccak256("bytes32")) return vm.parseJsonBytes32(_json, at);
        if (k == keccak256("address")) return bytes32(uint256(uint160(vm.parseJsonAddress(_json, at))));
        if (k == keccak256("bool")) return vm.parseJsonBool(_json, at) ? bytes32(uint256(1)) : bytes32(0);
        if (k == keccak256("Savings")) return _hash(SAVINGS, at);
        if (k == keccak256("BackgroundTerms")) return _hash(BACKGROUND_TERMS, at);
        if (k == keccak256("CollectiveTerms")) return _hash(COLLECTIVE_TERMS, at);
        return bytes32(vm.parseJsonUint(_json, at));
    }

    function _recovered(bytes32 digest, bytes memory signature) private pure returns (address) {
        (bytes32 r, bytes32 s) = abi.decode(signature, (bytes32, bytes32));
        return ecrecover(digest, uint8(signature[64]), r, s);
    }
}
