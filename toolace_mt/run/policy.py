"""What happens when something breaks: every such decision of a run, named, in one frozen object."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FaultPolicy:
    """Times in seconds.

    Engine: one that is dead for good exits its process, and Ray starts another; one that shares its
    process is started anew there; either at most `engine_restarts` times. Not a single token for
    `hang` seconds while requests run counts as dead, and so does an actor that does not answer for
    `unresponsive` seconds. One that dies `deaths_in_vain` times in a row before it has answered
    anything is given up: something kills it with every request, and each few deaths would fail
    another dialogue. (Requests that kill an engine by themselves take four deaths each.)

    Request: what ran in a dying engine is requeued at once. What ran at `suspect_after` deaths is
    run alone from then on; after `guilty_after` deaths while alone it is given up with its cause
    (finish "failed"), and so is all else that its dialogue asks: that dialogue fails with it. A
    request that the engine aborts is sent again, at most `aborts` times.

    Dialogue: an unexpected exception in a stage fails that dialogue with its cause, no other.

    Shard: a lost worker or node reschedules the shard, at most `shard_attempts` times in a row.

    Output: a file that cannot be copied to the run's URL is tried again while the run goes on, and
    at least `upload_attempts` times; the run itself goes on.

    Stop: on SIGTERM or Ctrl-C, what runs in the engines may finish within `grace`.
    """

    engine_restarts: int = 100
    deaths_in_vain: int = 12
    hang: float = 180.0
    unresponsive: float = 120.0
    suspect_after: int = 2
    guilty_after: int = 2
    aborts: int = 3
    shard_attempts: int = 8
    upload_attempts: int = 5
    grace: float = 30.0
    backoff_first: float = 0.25
    backoff_most: float = 15.0

    def backoff(self, failures: int) -> float:
        """Return how long to wait after so many failures in a row."""
        return min(self.backoff_most, self.backoff_first * 2.0 ** max(0, failures - 1))
