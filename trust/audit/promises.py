"""The promises an audit checks, by the ids that reports and docs use. An id is never given to another promise."""

from __future__ import annotations

PROMISES: dict[str, str] = {
    # The chain
    "A01": "Every block up to the audited one is proven by its receipts.",
    "A02": "Every row says what its log said, in a block whose header hashes to the block's hash.",
    "A03": "All nodes asked have the same block at the audited height.",
    "A04": "The events make one history: none contradicts those before it.",
    # The deployment
    "A05": "The code at each address is what this package's contracts compile to, linked as they must be.",
    "A06": "Payroll pays in the deployment's six-decimal token, by the deployment's clock.",
    "A07": "Each role may call what it was meant to; prices and payees change only through the timelock.",
    # Consent
    "A10": "A member's consent is spent once.",
    "A11": "Each record was pooled under a scan consent that names its modality, after due notice.",
    "A12": "Each licence was bought at the card then in effect, in the schedule, on pooled records.",
    "A13": "Each training run had a training right, by a consent of its own.",
    "A14": "Each grant rests on a licence in force and keeps to its card's prices and the consent's caps.",
    # Use
    "A20": "Each use has a grant, lies in its window and its licence's term, and was reported in time.",
    "A21": "Each use keeps to the grant's iterations, seconds and asset class.",
    "A22": "No use after a revocation or cancellation, in a suspension or in a strike.",
    "A23": "Each use rests on records of all licensed modalities, pooled before it.",
    "A24": "Each use was paid in its own transaction: iterations times the agreed fee.",
    # Pay
    "A30": "Each licence, training right, extension and grant was charged its fee, once, and nothing else was.",
    "A31": "Dues, benefits and levy of each charge are the licence's rate card's, to the unit.",
    "A32": "Earnings count towards the benefits ceiling up to it, and never above.",
    "A33": "What a grant sets aside, and what returns, is its iterations and floor at the full rates.",
    "A34": "Each premium is the card's share of the savings, at least the floor, and statements are cumulative.",
    "A35": "What a statement adds streams at once or is owed as arrears, no longer than the member agreed.",
    "A36": "A stream is cut only by a restatement, and only what it had not earned goes back.",
    # Crowds
    "A40": "Only members who signed the terms sit in a crowd, with the units they signed.",
    "A41": "Each use of a crowd keeps to the terms' window and number, and its price to the card.",
    "A42": "What pools are charged is price times units times uses, split at the card's rates.",
    # Money
    "A50": "Each token transfer into Payroll is a deposit, and each one out a payment told by an event.",
    "A51": "Each payment goes to the wallet that the member, and the payee that the union, had named.",
    "A52": "What came in is what was paid out and what is held, and the token says the same.",
    "A53": "Productions' accounts in the contracts are what the events add up to.",
    "A54": "Members' accounts in the contracts are what the events add up to.",
    "A55": "Licences, grants, records and rate cards in the contracts are what the events add up to.",
    "A56": "Pools and their seats in the contracts are what the events add up to.",
    "A57": "What is owed to plan, fund, union and agents in the contracts is what the events add up to.",
    "A58": "Each member's statement adds up to the unit.",
    "A59": "Disclosures, rooms, assets and credits in the contracts are what the events add up to.",
    # Disclosures
    "A60": "Each reply is to a disclosure to that member, and each report of what nobody had disclosed.",
    "A61": "Each disclosure tells truly whether it came late.",
    # Writers' rooms
    "A65": "Each writers' room needs as many writers as its rate card says.",
    "A66": "Each writer joins by a consent, for weeks to come, once each; a sole team is everybody on the roll.",
    "A67": "Script work with AI was granted and disclosed only while the writers' room was full.",
    "A68": "Each statement of contributions names all on the roll, sums to the whole, and is what is seated.",
    # Provenance
    "A70": "Each asset's shares sum to the whole, of existing members and named models.",
    "A71": "Each asset's depth and generations since a human follow from its parents, each bundle's from its children.",
    "A72": "Members confirm and dispute only what was registered.",
    "A73": "No training run's dataset was deeper than its licence allows.",
    "A74": "Each archive's declaration says who may train on something.",
    # Human-audit credits
    "A80": "Each credit was attested by an independent, accredited auditor, by the latest rules.",
    "A81": "Each credit was issued unchallenged, after its time to be challenged, to its studio, and stays there.",
    "A82": "Credits are challenged in time, ruled on, superseded and revoked in the open, each with a reason.",
    "A83": "Each credit that stands says what its rules count at its block.",
}
