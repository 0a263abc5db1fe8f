"""The exit statuses of commands."""

DONE = 0
FAILED = 1
USAGE = 2
CUT_OFF = 3
SIGNALLED = 128
"""And the number of the signal."""

STATUSES = {
    "0": "Done. A service that was told to stop, and stopped in good order, has done its work.",
    "1": "It could not be done, or something is wrong: the sentences say what.",
    "2": "The call or the settings are wrong.",
    "3": "`cinema invariants` found nothing that does not hold, but a check was cut off.",
    "130": "Stopped by Ctrl-C: a short command, or a service at the second.",
    "143": "Stopped by SIGTERM, likewise.",
}
"""What each means, for people. A shell tells the end by a signal, which the second is, as 128 and its number."""
