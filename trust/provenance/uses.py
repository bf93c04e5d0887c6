"""What machines may do with an archive, in the words of CAWG's training-and-data-mining assertion."""

from __future__ import annotations

from enum import IntEnum
from typing import Final


# In the order of contracts/interfaces/IProvenance.sol.
class Permission(IntEnum):
    """What is said of one use. CONSTRAINED: only under the conditions whose hash is declared."""

    UNSET = 0
    ALLOWED = 1
    NOT_ALLOWED = 2
    CONSTRAINED = 3


#: Field of an ArchiveDeclaration -> CAWG's name of the use (training and data mining assertion 1.1).
USES: Final = {
    "dataMining": "cawg.data_mining",
    "aiInference": "cawg.ai_inference",
    "aiGenerativeTraining": "cawg.ai_generative_training",
    "aiTraining": "cawg.ai_training",
}
