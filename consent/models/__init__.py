"""What people agreed to, in which words, and whom nobody may write to."""

from __future__ import annotations

from consent.models.campaign import Addressee, Campaign
from consent.models.events import Act, Channel, ConsentEvent, ConsentFlag, How
from consent.models.standing import StandingChange
from consent.models.suppression import Suppression
from consent.models.wording import Wording

__all__ = [
    "Act",
    "Addressee",
    "Campaign",
    "Channel",
    "ConsentEvent",
    "ConsentFlag",
    "How",
    "StandingChange",
    "Suppression",
    "Wording",
]
