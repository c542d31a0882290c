"""slime: three hooks that score samples and leave unscored ones out."""

from trainer_adapters.slime.hooks import custom_rm, post_process, sample_filter

__all__ = ["custom_rm", "post_process", "sample_filter"]
