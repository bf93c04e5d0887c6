// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {Blockhash} from "@openzeppelin/contracts/utils/Blockhash.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {MemberConsents} from "./consents/MemberConsents.sol";
import {IERC5192} from "./interfaces/IERC5192.sol";
import {IHumanAuditCredits} from "./interfaces/IHumanAuditCredits.sol";
import {IMembers} from "./interfaces/IMembers.sol";
import {IProductions} from "./interfaces/IProductions.sol";
import {IRateCard} from "./interfaces/IRateCard.sol";
import {CreditLabel} from "./lib/CreditLabel.sol";

/// @title Human-audit credits
contract HumanAuditCredits is IHumanAuditCredits, IERC5192, ERC721, MemberConsents, AccessManaged {
    bytes32 private constant DEPARTMENTS_TYPEHASH = keccak256(
        "Departments(uint32 writing,uint32 performance,uint32 design,uint32 editing,uint32 musicAndSound,uint32 visualEffects)"
    );
    bytes32 private constant ATTESTATION_TYPEHASH = keccak256(
        "Attestation(uint24 productionId,address auditor,uint16 rulesVersion,uint32 corrects,uint48 asOfBlock,bytes32 asOfBlockHash,Departments humanLed,Departments machineLed,bytes32 evidenceRoot,bytes32 credentialKey,uint40 deadline)Departments(uint32 writing,uint32 performance,uint32 design,uint32 editing,uint32 musicAndSound,uint32 visualEffects)"
    );
    bytes32 private constant CHALLENGE_TYPEHASH =
        keccak256("CreditChallenge(uint32 creditId,uint24 memberId,bytes32 reasonHash)");
    bytes32 private constant REVOCATION_TYPEHASH = keccak256("CreditRevocation(uint32 creditId,bytes32 reasonHash)");
    uint256 private constant LONGEST_URI = 200;

    struct Modules {
        IMembers members;
        IRateCard rateCard;
        IProductions productions;
    }

    struct Rules {
        bytes32 rulesHash;
        string uri;
    }

    enum Challenge {
        NONE,
        OPEN,
        RULED
    }

    IRateCard private immutable RATE_CARD;
    IProductions private immutable PRODUCTIONS;

    /// @inheritdoc IHumanAuditCredits
    uint16 public lastRulesVersion;

    /// @inheritdoc IHumanAuditCredits
    uint32 public lastCreditId;

    /// @inheritdoc IHumanAuditCredits
    mapping(address auditor => bool) public isAccredited;

    /// @inheritdoc IHumanAuditCredits
    mapping(uint16 version => Rules) public rulesOf;

    /// @inheritdoc IHumanAuditCredits
    mapping(uint24 productionId => uint32 creditId) public latestOf;

    /// @inheritdoc IHumanAuditCredits
    mapping(uint24 productionId => uint32 creditId) public issuedOf;

    mapping(uint32 creditId => Credit) private _credits;
    mapping(uint32 creditId => mapping(uint24 memberId => Challenge)) private _challenges;

    constructor(address access, Modules memory modules)
        ERC721("Likeness Trust Human-Audit Credit", "LTH")
        MemberConsents(modules.members)
        AccessManaged(access)
    {
        RATE_CARD = modules.rateCard;
        PRODUCTIONS = modules.productions;
    }

    /// @inheritdoc IHumanAuditCredits
    function accredit(address auditor, bool accredited) external restricted {
        isAccredited[auditor] = accredited;
        emit AuditorAccredited(auditor, accredited);
    }

    /// @inheritdoc IHumanAuditCredits
    function publishRules(bytes32 rulesHash, string calldata uri) external restricted returns (uint16 version) {
        require(rulesHash != 0, MissingHash());
        bytes calldata text = bytes(uri);
        require(text.length <= LONGEST_URI, BadUri());
        for (uint256 i = 0; i < text.length; i++) {
            require(text[i] > 0x20 && text[i] < 0x7f, BadUri());
        }
        version = ++lastRulesVersion;
        rulesOf[version] = Rules(rulesHash, uri);
        emit CreditRulesPublished(version, rulesHash, uri);
    }

    /// @inheritdoc IHumanAuditCredits
    function attest(Attestation calldata a, bytes calldata signature) external returns (uint32 creditId) {
        require(block.timestamp <= a.deadline, AttestationExpired(a.deadline, block.timestamp));
        require(isAccredited[a.auditor], NotAccredited(a.auditor));
        require(!PRODUCTIONS.mayReport(a.productionId, a.auditor), NotIndependent(a.productionId, a.auditor));
        _checkCount(a);
        uint32 latest = latestOf[a.productionId];
        require(a.corrects == latest, NotTheLatest(a.corrects, latest));
        bytes32 attestationHash = _attestationHash(a);
        _requireAuditorSigned(a.auditor, attestationHash, signature);

        creditId = ++lastCreditId;
        latestOf[a.productionId] = creditId;
        (,, uint16 challengeDays) = RATE_CARD.transparencyTerms();
        uint40 challengeUntil = uint40(block.timestamp) + uint40(challengeDays) * 1 days;
        _keep(creditId, a, challengeUntil, attestationHash);
        emit CreditAttested(creditId, a.productionId, a.auditor, a, challengeUntil);
        if (latest > 0) _follow(latest, creditId);
    }

    /// @inheritdoc IHumanAuditCredits
    function challenge(uint32 creditId, uint24 memberId, bytes32 reasonHash, bytes calldata signature) external {
        Credit storage credit = _pending(creditId);
        require(block.timestamp < credit.challengeUntil, ChallengePeriodOver(creditId, credit.challengeUntil));
        require(reasonHash != 0, MissingHash());
        require(_challenges[creditId][memberId] == Challenge.NONE, AlreadyChallenged(creditId, memberId));
        if (memberId == 0) {
            PRODUCTIONS.requireStudio(credit.productionId, msg.sender);
        } else {
            _requireRevoker(
                memberId, keccak256(abi.encode(CHALLENGE_TYPEHASH, creditId, memberId, reasonHash)), signature
            );
        }

        _challenges[creditId][memberId] = Challenge.OPEN;
        credit.openChallenges++;
        credit.state = State.CHALLENGED;
        emit CreditChallenged(creditId, memberId, reasonHash);
    }

    /// @inheritdoc IHumanAuditCredits
    function rule(uint32 creditId, uint24 memberId, bool upheld, bytes32 reasonHash) external restricted {
        Credit storage credit = _pending(creditId);
        require(_challenges[creditId][memberId] == Challenge.OPEN, NoOpenChallenge(creditId, memberId));
        require(reasonHash != 0, MissingHash());
        _challenges[creditId][memberId] = Challenge.RULED;
        credit.openChallenges--;
        emit ChallengeRuled(creditId, memberId, upheld, reasonHash);
        if (upheld) _revoke(creditId, credit, reasonHash);
        else if (credit.openChallenges == 0) credit.state = State.ATTESTED;
    }

    /// @inheritdoc IHumanAuditCredits
    function issue(uint24 productionId) external returns (uint32 creditId) {
        creditId = latestOf[productionId];
        require(creditId > 0, NothingAttested(productionId));
        Credit storage credit = _pending(creditId);
        require(credit.openChallenges == 0, ChallengesOpen(creditId, credit.openChallenges));
        require(block.timestamp >= credit.challengeUntil, ChallengePeriodRuns(creditId, credit.challengeUntil));
        address auditor = credit.auditor;
        require(isAccredited[auditor], NotAccredited(auditor));

        uint32 before = issuedOf[productionId];
        issuedOf[productionId] = creditId;
        credit.state = State.ISSUED;
        credit.issuedAt = uint40(block.timestamp);
        address studio = PRODUCTIONS.productionOf(productionId).studio;
        emit CreditIssued(creditId, productionId, studio, auditor, credit.attestationHash);
        if (before > 0 && _credits[before].state == State.ISSUED) {
            _credits[before].state = State.SUPERSEDED;
            emit CreditSuperseded(before, creditId);
        }
        _mint(studio, creditId);
        emit Locked(creditId);
    }

    /// @inheritdoc IHumanAuditCredits
    function revoke(uint32 creditId, bytes32 reasonHash, bytes calldata signature) external {
        Credit storage credit = _existing(creditId);
        State state = credit.state;
        require(state != State.SUPERSEDED && state != State.REVOKED, CreditIsOver(creditId, state));
        require(reasonHash != 0, MissingHash());
        address auditor = credit.auditor;
        if (signature.length > 0) {
            bytes32 structHash = keccak256(abi.encode(REVOCATION_TYPEHASH, creditId, reasonHash));
            _requireAuditorSigned(auditor, structHash, signature);
            require(isAccredited[auditor], NotAccredited(auditor));
        } else if (msg.sender != auditor || !isAccredited[auditor]) {
            _checkCanCall(msg.sender, msg.data);
        }
        _revoke(creditId, credit, reasonHash);
    }

    /// @inheritdoc IHumanAuditCredits
    function creditOf(uint32 creditId) external view returns (Credit memory) {
        return _credits[creditId];
    }

    /// @inheritdoc IHumanAuditCredits
    function labelOf(uint32 creditId) external view returns (string memory) {
        Credit memory credit = _existing(creditId);
        return CreditLabel.svg(creditId, credit, rulesOf[credit.rulesVersion].uri);
    }

    /// @inheritdoc ERC721
    function tokenURI(uint256 tokenId) public view override returns (string memory) {
        _requireOwned(tokenId);
        // Tokens are credits, whose numbers have 32 bits.
        // forge-lint: disable-next-line(unsafe-typecast)
        uint32 creditId = uint32(tokenId);
        Credit memory credit = _credits[creditId];
        return CreditLabel.json(creditId, credit, rulesOf[credit.rulesVersion].uri);
    }

    /// @inheritdoc IERC5192
    function locked(uint256 tokenId) external view returns (bool) {
        _requireOwned(tokenId);
        return true;
    }

    /// @inheritdoc ERC721
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IERC5192).interfaceId || super.supportsInterface(interfaceId);
    }

    function _update(address to, uint256 tokenId, address auth) internal override returns (address from) {
        require(_ownerOf(tokenId) == address(0), Soulbound(tokenId));
        return super._update(to, tokenId, auth);
    }

    function _keep(uint32 creditId, Attestation calldata a, uint40 challengeUntil, bytes32 attestationHash) private {
        _credits[creditId] = Credit({
            productionId: a.productionId,
            rulesVersion: a.rulesVersion,
            state: State.ATTESTED,
            attestedAt: uint40(block.timestamp),
            challengeUntil: challengeUntil,
            openChallenges: 0,
            corrects: a.corrects,
            correctedBy: 0,
            auditor: a.auditor,
            asOfBlock: a.asOfBlock,
            issuedAt: 0,
            humanLed: a.humanLed,
            machineLed: a.machineLed,
            attestationHash: attestationHash
        });
    }

    /// @dev What wasn't issued ends when another attestation follows; what was stands until that one is issued.
    function _follow(uint32 creditId, uint32 successor) private {
        Credit storage credit = _credits[creditId];
        credit.correctedBy = successor;
        if (credit.state != State.ATTESTED && credit.state != State.CHALLENGED) return;
        credit.state = State.SUPERSEDED;
        emit CreditSuperseded(creditId, successor);
    }

    function _revoke(uint32 creditId, Credit storage credit, bytes32 reasonHash) private {
        credit.state = State.REVOKED;
        emit CreditRevoked(creditId, msg.sender, reasonHash);
    }

    function _checkCount(Attestation calldata a) private view {
        require(
            PRODUCTIONS.productionOf(a.productionId).status != IProductions.Status.NONE,
            IProductions.UnknownProduction(a.productionId)
        );
        require(
            a.rulesVersion > 0 && a.rulesVersion == lastRulesVersion, RulesChanged(a.rulesVersion, lastRulesVersion)
        );
        require(a.evidenceRoot != 0 && a.credentialKey != 0 && a.asOfBlockHash != 0, MissingHash());
        // The chain remembers the last 8,191 blocks; of an older one the hash is the auditor's word. The block this runs
        // in has no hash yet: it is taken because a simulation runs in the latest block, which was counted.
        bytes32 known = Blockhash.blockHash(a.asOfBlock);
        require(
            a.asOfBlock <= block.number && (known == 0 || known == a.asOfBlockHash),
            WrongBlock(a.asOfBlock, a.asOfBlockHash)
        );
        require(_sum(a.humanLed) + _sum(a.machineLed) > 0, NothingCounted());
    }

    function _requireAuditorSigned(address auditor, bytes32 structHash, bytes calldata signature) private view {
        bytes32 digest = _hashTypedDataV4(structHash);
        require(
            SignatureChecker.isValidSignatureNowCalldata(auditor, digest, signature),
            InvalidAuditorSignature(auditor, digest)
        );
    }

    function _existing(uint32 creditId) private view returns (Credit storage credit) {
        credit = _credits[creditId];
        require(credit.state != State.NONE, UnknownCredit(creditId));
    }

    function _pending(uint32 creditId) private view returns (Credit storage credit) {
        credit = _existing(creditId);
        State state = credit.state;
        require(state == State.ATTESTED || state == State.CHALLENGED, NotPending(creditId, state));
    }

    function _sum(Departments calldata d) private pure returns (uint256) {
        return uint256(d.writing) + d.performance + d.design + d.editing + d.musicAndSound + d.visualEffects;
    }

    function _attestationHash(Attestation calldata a) private pure returns (bytes32) {
        return keccak256(
            abi.encode(
                ATTESTATION_TYPEHASH,
                a.productionId,
                a.auditor,
                a.rulesVersion,
                a.corrects,
                a.asOfBlock,
                a.asOfBlockHash,
                keccak256(abi.encode(DEPARTMENTS_TYPEHASH, a.humanLed)),
                keccak256(abi.encode(DEPARTMENTS_TYPEHASH, a.machineLed)),
                a.evidenceRoot,
                a.credentialKey,
                a.deadline
            )
        );
    }
}
