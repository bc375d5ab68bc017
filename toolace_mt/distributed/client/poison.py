"""Poison requests: those that kill engines are suspected, then run alone, then given up."""

import logging

from toolace_mt.calls.request import Completion
from toolace_mt.distributed.client.routing import PendingRequest
from toolace_mt.run.policy import FaultPolicy

logger = logging.getLogger(__name__)

DIED = "the engine died"  # how the completion of a poison request begins


class PoisonRequests:
    """Counts engine deaths against the requests of one client; `FaultPolicy` has the limits."""

    def __init__(self, policy: FaultPolicy) -> None:
        self._policy = policy
        self._guilty: dict[str, str] = {}  # dialogues with a request that was given up, and why

    def suspect(self, call: PendingRequest, cause: str) -> None:
        """Count an engine's death against a request that was, or may have been, running in it."""
        call.deaths += 1
        call.deaths_alone += call.granted
        if call.deaths_alone >= self._policy.guilty_after and not call.done.done():
            text = f"{DIED} {call.deaths} times while it ran, at last alone: {cause}"
            self._guilty[call.request.dialogue] = text
            self.give_up_if_guilty(call)
        call.alone = call.deaths >= self._policy.suspect_after

    def give_up_if_guilty(self, call: PendingRequest) -> None:
        """End a request if one of its dialogue has been given up for killing engines."""
        text = self._guilty.get(call.request.dialogue)
        if text and not call.done.done():
            call.done.set_result(Completion(text, "failed"))
            logger.warning("%s %s: given up: %s", call.request.dialogue, call.request.kind, text)
