"""Opening a rollout store for a server."""

import os
from datetime import UTC, datetime

from reward_server.filing.filer import Filer
from reward_server.store.database import StoreError, open_to_write
from reward_server.store.keeping import keeping
from reward_server.store.options import StoreOptions
from reward_server.store.recorder import Losses, Recorder
from rubrics.problems import ConfigError


def opened(options: StoreOptions, losses: Losses) -> Recorder:
    """Open a store for this process, whose rollouts without a run make one of their own.

    Raises ConfigError where the file cannot be used, and for patterns that are none.
    """
    keeping(options)
    try:
        os.fspath(options.path).encode()
    except UnicodeEncodeError:  # the process that stores is told of it in JSON
        message = f"the rollout store {str(options.path)!a} has a name that is not UTF-8"
        raise ConfigError(message, hint="name another file with --store") from None
    try:
        open_to_write(options.path).close()
    except StoreError as error:
        hint = "name another file with --store, or `--store none`"
        raise ConfigError(str(error), hint=hint) from None
    filer = Filer(options, f"serve-{datetime.now(tz=UTC):%Y%m%d-%H%M%S}")
    filer.start()
    return Recorder(filer, losses)
