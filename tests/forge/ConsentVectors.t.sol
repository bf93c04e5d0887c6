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
    string private constant CONTRIBUTION = "Contribution(uint24 memberId,uint16 shareBps)";
    string private constant DEPARTMENTS =
        "Departments(uint32 writing,uint32 performance,uint32 design,uint32 editing,uint32 musicAndSound,uint32 visualEffects)";
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
            "TrainingConsent(uint24 productionId,uint24 memberId,uint8 modalities,uint40 expires,uint16 rateCardVersion,uint64 trainingFee,uint16 maxSyntheticDepth,string description,uint256 nonce,uint256 deadline)";
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
        _types["ContributionConfirmation"] =
            "ContributionConfirmation(bytes32 assetId,uint24 memberId,uint8 role,uint16 shareBps,uint256 nonce,uint256 deadline)";
        _types["ContributionDispute"] =
        "ContributionDispute(bytes32 assetId,uint24 memberId,bytes32 reasonHash,uint256 nonce,uint256 deadline)";
        _types["ArchiveDeclaration"] =
            "ArchiveDeclaration(uint24 memberId,bytes32 root,uint32 items,uint8 dataMining,uint8 aiInference,uint8 aiGenerativeTraining,uint8 aiTraining,bytes32 constraintHash,string description,uint256 nonce,uint256 deadline)";
        _roomTypes();
        _disclosureTypes();
        _creditTypes();
    }

    function _creditTypes() private {
        _types["Attestation"] = string.concat(
            "Attestation(uint24 productionId,address auditor,uint16 rulesVersion,uint32 corrects,uint48 asOfBlock,bytes32 asOfBlockHash,Departments humanLed,Departments machineLed,bytes32 evidenceRoot,bytes32 credentialKey,uint40 deadline)",
            DEPARTMENTS
        );
        _types["CreditChallenge"] = "CreditChallenge(uint32 creditId,uint24 memberId,bytes32 reasonHash)";
        _types["CreditRevocation"] = "CreditRevocation(uint32 creditId,bytes32 reasonHash)";
    }

    function _disclosureTypes() private {
        _types["DisclosureAcknowledgement"] =
            "DisclosureAcknowledgement(uint24 productionId,uint24 memberId,uint8 kind,bytes32 materialHash,uint256 deadline)";
        _types["DisclosureContest"] =
            "DisclosureContest(uint24 productionId,uint24 memberId,uint8 kind,bytes32 materialHash,bytes32 reasonHash,uint256 deadline)";
        _types["UndisclosedReport"] =
        "UndisclosedReport(uint24 productionId,uint24 memberId,uint8 kind,bytes32 materialHash,uint256 deadline)";
    }

    function _roomTypes() private {
        _types["RoomJoin"] =
            "RoomJoin(uint24 productionId,uint24 memberId,uint40 starts,uint16 wholeWeeks,uint256 nonce,uint256 deadline)";
        _types["RoomLeave"] = "RoomLeave(uint24 productionId,uint24 memberId,uint256 nonce,uint256 deadline)";
        _types["SoleTeam"] =
        "SoleTeam(uint24 productionId,uint24 memberId,uint24[] writers,uint256 nonce,uint256 deadline)";
        _types["ContributionStatement"] = string.concat(
            "ContributionStatement(uint32 poolId,uint24 memberId,uint16 version,bytes32 assetsRoot,Contribution[] contributions,uint256 nonce,uint256 deadline)",
            CONTRIBUTION
        );
    }

    function test_digestsAndSignersAreTheVectors() public view {
        uint256 i;
        for (; vm.keyExistsJson(_json, string.concat(".vectors[", vm.toString(i), "]")); i++) {
            string memory at = string.concat(".vectors[", vm.toString(i), "]");
            bytes32 digest = _digest(at);
            string memory kind = vm.parseJsonString(_json, string.concat(at, ".kind"));
            assertEq(digest, vm.parseJsonBytes32(_json, string.concat(at, ".digest")), kind);
            assertEq(_recovered(digest, vm.parseJsonBytes(_json, string.concat(at, ".signature"))), _signer, kind);
        }
        assertGt(i, 20, "the vectors were not read");
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
        if (k == keccak256("Departments")) return _hash(DEPARTMENTS, at);
        if (k == keccak256("Contribution")) return _hash(CONTRIBUTION, at);
        if (k == keccak256("uint24[]")) return _list("uint24", at);
        if (k == keccak256("Contribution[]")) return _list("Contribution", at);
        return bytes32(vm.parseJsonUint(_json, at));
    }

    function _list(string memory kind, string memory at) private view returns (bytes32) {
        bytes memory encoded;
        for (uint256 i = 0; vm.keyExistsJson(_json, string.concat(at, "[", vm.toString(i), "]")); i++) {
            encoded = bytes.concat(encoded, _word(kind, string.concat(at, "[", vm.toString(i), "]")));
        }
        return keccak256(encoded);
    }

    function _recovered(bytes32 digest, bytes memory signature) private pure returns (address) {
        (bytes32 r, bytes32 s) = abi.decode(signature, (bytes32, bytes32));
        return ecrecover(digest, uint8(signature[64]), r, s);
    }
}
