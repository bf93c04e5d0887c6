// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Human-audit credits
/// @notice What of a production's work was led by people and what by machines, in counts by department, as an
/// accredited auditor attests under published rules. After a time in which it may be challenged it is issued to the
/// studio as a soulbound token (ERC-721 with ERC-5192) whose label is an SVG made here. A credit is never changed: a
/// correction is a credit of its own that names the one before it, and every state shows in the label.
interface IHumanAuditCredits {
    /// @notice SUPERSEDED: a later attestation took its place. REVOKED: withdrawn, or a challenge was upheld.
    enum State {
        NONE,
        ATTESTED,
        CHALLENGED,
        ISSUED,
        SUPERSEDED,
        REVOKED
    }

    /// @notice Works counted in each department, as the rules say what a work is.
    struct Departments {
        uint32 writing;
        uint32 performance;
        uint32 design;
        uint32 editing;
        uint32 musicAndSound;
        uint32 visualEffects;
    }

    /// @notice What the auditor signs: `Attestation`.
    /// @param rulesVersion The rules by which it was counted; must be the latest.
    /// @param corrects The production's latest credit, 0 for its first: so a signature serves once.
    /// @param asOfBlock The last block whose events were counted.
    /// @param asOfBlockHash Its hash.
    /// @param evidenceRoot Merkle root of the evidence that the auditor keeps.
    /// @param credentialKey RFC 7638 thumbprint (SHA-256) of the JOSE key that signs the credential.
    /// @param deadline Last second in which it can be handed in.
    struct Attestation {
        uint24 productionId;
        address auditor;
        uint16 rulesVersion;
        uint32 corrects;
        uint48 asOfBlock;
        bytes32 asOfBlockHash;
        Departments humanLed;
        Departments machineLed;
        bytes32 evidenceRoot;
        bytes32 credentialKey;
        uint40 deadline;
    }

    /// @notice A credit as it stands.
    /// @param challengeUntil From this second on it can be issued and no longer be challenged.
    /// @param openChallenges Challenges that wait for the steward.
    /// @param correctedBy The attestation that followed for the same production, 0 if none did.
    /// @param attestationHash EIP-712 struct hash of the attestation.
    struct Credit {
        uint24 productionId;
        uint16 rulesVersion;
        State state;
        uint40 attestedAt;
        uint40 challengeUntil;
        uint16 openChallenges;
        uint32 corrects;
        uint32 correctedBy;
        address auditor;
        uint48 asOfBlock;
        uint40 issuedAt;
        Departments humanLed;
        Departments machineLed;
        bytes32 attestationHash;
    }

    event AuditorAccredited(address indexed auditor, bool accredited);
    event CreditRulesPublished(uint16 indexed version, bytes32 rulesHash, string uri);
    event CreditAttested(
        uint32 indexed creditId,
        uint24 indexed productionId,
        address indexed auditor,
        Attestation attestation,
        uint40 challengeUntil
    );

    /// @notice `memberId` 0 is the studio.
    event CreditChallenged(uint32 indexed creditId, uint24 indexed memberId, bytes32 reasonHash);

    /// @notice The steward's ruling. An upheld challenge revokes the credit.
    event ChallengeRuled(uint32 indexed creditId, uint24 indexed memberId, bool upheld, bytes32 reasonHash);
    event CreditIssued(
        uint32 indexed creditId,
        uint24 indexed productionId,
        address indexed studio,
        address auditor,
        bytes32 attestationHash
    );
    event CreditSuperseded(uint32 indexed creditId, uint32 indexed bySuccessor);
    event CreditRevoked(uint32 indexed creditId, address by, bytes32 reasonHash);

    /// @notice The union has not accredited this auditor, or no longer does. Have an accredited auditor attest.
    error NotAccredited(address auditor);

    /// @notice Who reports for a production can't audit it. Have another auditor attest.
    error NotIndependent(uint24 productionId, address auditor);

    /// @notice The attestation's deadline has passed. Ask the auditor for a new signature.
    error AttestationExpired(uint40 deadline, uint256 nowSeconds);

    /// @notice The rules in effect are another version. Count again by them.
    error RulesChanged(uint16 stated, uint16 current);

    /// @notice An attestation names the production's latest credit, or 0 for its first. Sign again with that one.
    error NotTheLatest(uint32 corrects, uint32 latest);

    /// @notice There is no such block on this chain, or not yet. Count again as of a block that is.
    error WrongBlock(uint48 asOfBlock, bytes32 asOfBlockHash);

    /// @notice A hash or the credential's key is missing. Give it.
    error MissingHash();

    /// @notice An attestation counts at least one work. Register the production's works first.
    error NothingCounted();

    /// @notice The signature is not this auditor's over exactly these fields, on this chain, for this contract. Build
    /// the typed data again and have the auditor sign it.
    error InvalidAuditorSignature(address auditor, bytes32 digest);

    /// @notice The rules' address has characters that no URI has, or over 200. Give one of printable ASCII.
    error BadUri();

    /// @notice There is no credit with this number. Credits are numbered from 1 as they are attested.
    error UnknownCredit(uint32 creditId);

    /// @notice Nothing was attested for this production. Have an auditor attest first.
    error NothingAttested(uint24 productionId);

    /// @notice Only a credit that was attested and is not yet issued can be challenged, ruled on or issued.
    error NotPending(uint32 creditId, State state);

    /// @notice The time to challenge is over (seconds). Give the union's steward the reason to revoke it.
    error ChallengePeriodOver(uint32 creditId, uint40 until);

    /// @notice It can still be challenged. Issue it from the time given (seconds).
    error ChallengePeriodRuns(uint32 creditId, uint40 until);

    /// @notice Challenges are open. Issue it when the steward has ruled on them.
    error ChallengesOpen(uint32 creditId, uint16 open);

    /// @notice Who challenged a credit can't challenge it again. Wait for the ruling, or add to it.
    error AlreadyChallenged(uint32 creditId, uint24 memberId);

    /// @notice This member (0: the studio) has no open challenge of this credit.
    error NoOpenChallenge(uint32 creditId, uint24 memberId);

    /// @notice The credit was revoked or superseded already; nothing is left to revoke.
    error CreditIsOver(uint32 creditId, State state);

    /// @notice A credit stays with the production's studio.
    error Soulbound(uint256 tokenId);

    /// @notice Accredits an auditor, or ends the accreditation: what they attested stays, nothing more is issued of it.
    /// Only the enroller.
    function accredit(address auditor, bool accredited) external;

    /// @notice Publishes the next version of the rules. Only the steward.
    /// @param rulesHash keccak256 of the rules' text.
    /// @param uri Where the text is; may be empty.
    function publishRules(bytes32 rulesHash, string calldata uri) external returns (uint16 version);

    /// @notice Takes an attestation with the auditor's signature. Anyone may hand it in. It corrects the production's
    /// latest credit: one that wasn't issued is superseded now, one that was when this is issued.
    function attest(Attestation calldata attestation, bytes calldata signature) external returns (uint32 creditId);

    /// @notice Challenges a credit that can't be issued yet. By any member, guardian or delegate, or relayed with a
    /// `CreditChallenge(uint32 creditId,uint24 memberId,bytes32 reasonHash)` signature.
    /// @param memberId 0 for the studio, which sends it itself.
    function challenge(uint32 creditId, uint24 memberId, bytes32 reasonHash, bytes calldata signature) external;

    /// @notice Rules on a challenge; one that is upheld revokes the credit. Only the steward.
    function rule(uint32 creditId, uint24 memberId, bool upheld, bytes32 reasonHash) external;

    /// @notice Issues the production's latest credit to its studio. Anyone may, once it can't be challenged any more.
    function issue(uint24 productionId) external returns (uint32 creditId);

    /// @notice Revokes a credit. Only the steward, or its auditor while accredited: by themselves, or relayed with a
    /// `CreditRevocation(uint32 creditId,bytes32 reasonHash)` signature.
    function revoke(uint32 creditId, bytes32 reasonHash, bytes calldata signature) external;

    /// @notice Whether the union accredits this auditor now.
    function isAccredited(address auditor) external view returns (bool);

    /// @notice How many versions of the rules were published; numbers run from 1.
    function lastRulesVersion() external view returns (uint16);

    /// @notice A version of the rules.
    function rulesOf(uint16 version) external view returns (bytes32 rulesHash, string memory uri);

    /// @notice How many credits were attested; numbers run from 1.
    function lastCreditId() external view returns (uint32);

    /// @notice The production's latest credit, whatever its state; 0 if none was attested.
    function latestOf(uint24 productionId) external view returns (uint32 creditId);

    /// @notice The credit that was issued last for the production, 0 if none; its state says whether it still stands.
    function issuedOf(uint24 productionId) external view returns (uint32 creditId);

    /// @notice A credit; its state is NONE if there is none with this number.
    function creditOf(uint32 creditId) external view returns (Credit memory);

    /// @notice The credit's label as an SVG image, in every state.
    function labelOf(uint32 creditId) external view returns (string memory svg);
}
