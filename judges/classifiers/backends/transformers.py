"""A classifier in this process: a sequence classification model run by transformers, on a CPU or a GPU."""

from importlib.util import find_spec

from judges.classifiers.scorer import Scorer
from judges.classifiers.transformers_options import TransformersOptions
from judges.in_process.folder import check_folder
from rubrics.problems import ConfigError


class Transformers(TransformersOptions):
    """A sequence classification model in this process. Nothing is downloaded unless `download` says so."""

    def open(self) -> Scorer:
        check_folder(self.model)
        missing = [package for package in ("torch", "transformers") if find_spec(package) is None]
        if missing:
            hint = "pip install 'gavel-rl[local]'"
            what = " and ".join(missing)
            raise ConfigError(f"a `transformers` classifier needs {what}, not installed here", hint=hint)
        from judges.classifiers.loading import load

        return load(self)
